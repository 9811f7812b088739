/**
 * Writes a field of a line of CSV, as which podman and buildx read some of their options: a path may have commas and quotes.
 *
 * @param text of the field
 */
export function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
