import { posix } from 'node:path';
import type { StartedContainer } from './started-container.ts';

/** Writes files, readable by everybody, into a folder of a running container that has a shell. */
export async function writeFiles(
  writer: StartedContainer,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = posix.join(folder, name);
    const script = 'umask 022; mkdir -p "$(dirname "$1")"; cat > "$1"';
    await writer.exec(['sh', '-euc', script, 'sh', path], { input: text });
  }
}
