import { z } from 'zod';
import { readYaml } from '@dockyard/definition';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { UserError } from '@dockyard/exec';
import { platformSchema, sshUrlSchema } from '@dockyard/inventory';
import type { Remote } from './remote.ts';

const schema = z.strictObject(
  { runners: z.record(platformSchema, sshUrlSchema, 'a mapping of platforms to URLs such as ssh://user@host:22') },
  'a mapping with `runners`',
);

/**
 * Reads `.dockyard/runners.yaml`: a mapping `runners` from platform to ssh:// URL.
 *
 * @param text the file's text
 * @param file its name, for errors
 * @returns one remote for each platform, its line as the source
 * @throws {UserError} every mistake of the file, as `file:line:column`
 */
export function readRunnersFile(text: string, file: string): Remote[] {
  const read = readYaml(text, file, schema);
  if (!read.ok) {
    throw new UserError(formatDiagnostics(read.diagnostics), {
      hint: 'It should look like this:\nrunners:\n  linux/arm64: ssh://user@host:22',
    });
  }
  const { data, position } = read.value;
  return Object.entries(data.runners).map(([platform, host]) => ({
    platform,
    host,
    source: `${file}:${String(position(['runners', platform]).line)}`,
  }));
}
