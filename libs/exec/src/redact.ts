/**
 * Replaces secrets by `***`.
 *
 * @param text any text
 * @param secrets what must not be seen; of a secret with several lines each line is replaced too, since output is handled by lines
 */
export function redactText(text: string, secrets: readonly string[] | undefined): string {
  if (secrets === undefined) return text;
  const parts = secrets.flatMap((secret) => [secret, ...secret.split('\n')]).filter((part) => part.trim() !== '');
  // A secret may hold another one; the longest goes first, or its rest would stay readable.
  parts.sort((a, b) => b.length - a.length);
  return parts.reduce((result, part) => result.replaceAll(part, '***'), text);
}
