import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readYaml, type YamlPath } from '@dockyard/definition';
import { byPosition, type Diagnostic, formatDiagnostics, type Result } from '@dockyard/diagnostic';
import { UserError } from '@dockyard/exec';
import type { Host, Inventory } from './inventory.ts';
import { inventorySchema } from './schema.ts';

/** The inventory of runner hosts, relative to the workspace. */
export const INVENTORY_FILE = 'runners.yaml';

/**
 * Reads the inventory of runner hosts (YAML 1.2, core schema).
 *
 * @param text what the file holds
 * @param file how messages name it
 * @returns the inventory, or every mistake of the file; never throws
 */
export function readInventory(text: string, file: string): Result<Inventory> {
  const read = readYaml(text, file, inventorySchema);
  if (!read.ok) return read;
  const { data, position } = read.value;
  const hosts = Object.entries(data.hosts).map(([name, host]): Host => {
    const { developers, runners, ...rest } = host;
    return {
      name,
      ...rest,
      ...(developers === undefined ? {} : { developers }),
      runners: runners.map(({ concurrency, ...runner }, i) => ({
        ...runner,
        ...(concurrency === undefined ? {} : { concurrency }),
        position: position(['hosts', name, 'runners', i]),
      })),
      position: position(['hosts', name]),
    };
  });
  const diagnostics: Diagnostic[] = hosts.flatMap((host, i) =>
    [...mistakes(host, data.gitlab !== undefined), ...clashes(host, hosts.slice(0, i))].map(({ path, ...rest }) => ({
      file,
      ...position(['hosts', host.name, ...path]),
      field: ['hosts', host.name, ...path].join('.'),
      ...rest,
    })),
  );
  if (diagnostics.length > 0) return { ok: false, diagnostics: diagnostics.sort(byPosition) };
  if (data.gitlab === undefined) return { ok: true, value: { file, hosts } };
  const { helper, ...gitlab } = data.gitlab;
  return { ok: true, value: { file, hosts, gitlab: { ...gitlab, ...(helper === undefined ? {} : { helper }) } } };
}

interface Mistake {
  readonly path: YamlPath;
  readonly message: string;
  readonly fix: string;
}

/** What the schema can't say. */
function mistakes(host: Host, gitlab: boolean): Mistake[] {
  const found: Mistake[] = [];
  host.runners.forEach((runner, i) => {
    if (runner.trust === 'unprotected' && runner.socket)
      found.push({
        path: ['runners', i, 'socket'],
        message: 'unprotected jobs never get the Docker socket: who has it is root on the host',
        fix: 'remove `socket`; these jobs build with rootless Podman',
      });
    if (host.runners.findIndex(({ trust }) => trust === runner.trust) < i)
      found.push({
        path: ['runners', i, 'trust'],
        message: `the host has a runner for ${runner.trust} jobs already`,
        fix: 'raise its `concurrency` instead',
      });
  });
  if (host.runners.length > 0 && !gitlab)
    found.push({
      path: ['runners'],
      message: 'there is no GitLab instance to serve',
      fix: 'add `gitlab` with `url` and `packages` at the top of the file',
    });
  if (
    host.developers !== undefined &&
    !host.runners.some(({ trust }) => trust === 'protected') &&
    host.runners.length > 0
  )
    found.push({
      path: ['developers'],
      message: 'developers build with a Docker Engine, and a host of unprotected jobs alone has none',
      fix: 'remove `developers`, or give them another host',
    });
  if (host.runners.length === 0 && host.developers === undefined)
    found.push({
      path: [],
      message: 'the host would serve nobody',
      fix: 'add `runners: [{ trust: unprotected }]`, or `developers: ssh://user@host`',
    });
  return found;
}

/** Host and port, however they are written, and whoever logs in there. */
function machineOf({ address }: Host): string {
  const { hostname, port } = new URL(address);
  return `${hostname.toLowerCase()}:${port === '' ? '22' : port}`;
}

/** What two hosts can't share. */
function clashes(host: Host, earlier: readonly Host[]): Mistake[] {
  const found: Mistake[] = [];
  const variable = ({ name }: Host): string => name.replaceAll(/[.-]/g, '_');
  const alike = earlier.find((other) => variable(other) === variable(host));
  if (alike !== undefined)
    found.push({
      path: [],
      message: `the tokens of its runners would be read from the same variables as those of ${alike.name}`,
      fix: 'give it a name that differs in more than "-" and "."',
    });
  const same = earlier.find((other) => machineOf(other) === machineOf(host));
  if (same !== undefined)
    found.push({
      path: ['address'],
      message: `${same.name} has this address already`,
      fix: 'give one machine one entry, with all its `runners`',
    });
  return found;
}

/**
 * Reads the inventory of a workspace.
 *
 * @param workspace its root folder
 * @returns undefined where there is none
 * @throws {UserError} it can't be read, or holds mistakes: all of them, as `file:line:column`
 */
export function loadInventory(workspace: string): Inventory | undefined {
  let text: string;
  try {
    text = readFileSync(join(workspace, INVENTORY_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${INVENTORY_FILE} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'Mend its permissions.',
      cause: error,
    });
  }
  const result = readInventory(text, INVENTORY_FILE);
  if (result.ok) return result.value;
  throw new UserError(formatDiagnostics(result.diagnostics), { hint: 'docs/runner-hosts.md shows a whole one.' });
}
