import type { DockerfileReference } from '@dockyard/dockerfile';
import { UserError } from '@dockyard/exec';

/**
 * Writes the names of workspace images and stages into a Dockerfile where variables stand for them: Podman looks for a named
 * context or a stage before it fills variables in, and finds none. Lines stay where they are.
 *
 * @param text the Dockerfile.
 * @param references what was read from it.
 * @throws {UserError} they were read of another text: somebody edits it
 */
export function fillInReferences(text: string, references: readonly DockerfileReference[]): string {
  const written = references.filter(
    ({ kind, raw, value }) => (kind === 'workspace' || kind === 'stage') && raw !== value,
  );
  if (written.length === 0) return text;
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  // From the end of a line to its start, so that columns stay right.
  for (const { line, column, raw, value } of [...written].sort((one, other) => other.column - one.column)) {
    const current = lines[line - 1] ?? '';
    if (!current.startsWith(raw, column - 1)) {
      throw new UserError(`A Dockerfile was changed while it was built: its line ${line} holds no ${raw} any more.`, {
        hint: 'Run this again.',
      });
    }
    lines[line - 1] = current.slice(0, column - 1) + value + current.slice(column - 1 + raw.length);
  }
  return lines.join('\n');
}
