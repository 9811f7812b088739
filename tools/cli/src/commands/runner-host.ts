import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { formatSize } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { type Host, type Inventory, INVENTORY_FILE, loadInventory } from '@dockyard/inventory';
import {
  applyChanges,
  type Change,
  examine,
  hostStatus,
  type Intent,
  runnerTags,
  type Status,
  tokenVariable,
  withConnection,
} from '@dockyard/runner-host';
import { cancellation } from '../cancellation.ts';
import { WORKSPACE } from '../root.ts';
import { renderTable } from '../text.ts';

/**
 * Says what `apply` would do.
 *
 * @param name of the host
 * @returns exit code 0
 * @throws {UserError} the inventory is wrong, or the host can't be reached
 */
export async function plan(name: string): Promise<number> {
  const { inventory, intent } = prepare(name);
  return await withConnection(
    intent.host.address,
    cancellation.signal,
    Object.values(intent.tokens),
    async (connection) => {
      const { changes } = await examine(connection, intent, inventory);
      for (const change of changes) console.log(line(change));
      if (changes.length === 0) console.log(`${name} is as ${INVENTORY_FILE} says.`);
      else {
        console.log(`\n${String(changes.length)} steps. npx dockyard runner-host apply ${name} does them.`);
        for (const runner of intent.host.runners)
          console.log(
            `In GitLab its ${runner.trust} runner needs the tags ${runnerTags(intent.host, runner).join(', ')}${
              runner.trust === 'protected' ? ', and "Protected"' : ''
            }.`,
          );
      }
      return 0;
    },
  );
}

/**
 * Brings a host to what the inventory says.
 *
 * @param name of the host
 * @param yes whether firewall and sshd are changed without asking
 * @returns exit code: 1 where a person declined
 * @throws {UserError} the inventory is wrong, the host can't be reached, or a step failed
 */
export async function apply(name: string, yes: boolean): Promise<number> {
  const { inventory, intent } = prepare(name);
  return await withConnection(
    intent.host.address,
    cancellation.signal,
    Object.values(intent.tokens),
    async (connection) => {
      const started = Date.now();
      const result = await applyChanges(connection, {
        look: () => examine(connection, intent, inventory),
        step: (text) => {
          console.log(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${text}`);
        },
        confirm: (changes) => (yes ? Promise.resolve(true) : ask(changes)),
      });
      switch (result) {
        case 'nothing':
          console.log(`${name} is as ${INVENTORY_FILE} says: nothing to do.`);
          return 0;
        case 'declined':
          console.log(`Firewall and sshd of ${name} were left as they are; all else is done.`);
          return 1;
        case 'done':
          console.log(`${name} is as ${INVENTORY_FILE} says. npx dockyard runner-host check ${name} tells how it is.`);
          return 0;
      }
    },
  );
}

async function ask(changes: readonly Change[]): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError('Firewall and sshd are not changed without asking, and nobody is here to answer.', {
      hint: 'Run it on a terminal, or with --yes. Either way the host takes the change back where it cuts off ssh.',
    });
  console.log(
    '\nThis could cut off ssh. The host takes it back within a minute unless a new connection comes through:',
  );
  for (const change of changes) console.log(line(change));
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test(await terminal.question('Go on? [y/N] ', { signal: cancellation.signal }));
  } finally {
    terminal.close();
  }
}

/**
 * Tells whether a host is what the inventory says, and well.
 *
 * @param name of the host
 * @returns exit code: 1 where it is not
 * @throws {UserError} the inventory is wrong, or the host can't be reached
 */
export async function check(name: string): Promise<number> {
  const { inventory, intent } = prepare(name);
  return await withConnection(
    intent.host.address,
    cancellation.signal,
    Object.values(intent.tokens),
    async (connection) => {
      const { changes, ailments } = await examine(connection, intent, inventory);
      for (const change of changes) console.log(`drift    ${line(change)}`);
      for (const { area, what, fix } of ailments) console.log(`health   ${area.padEnd(9)} ${what}\n         → ${fix}`);
      const well = changes.length === 0 && ailments.length === 0;
      console.log(
        well
          ? `${name} is as ${INVENTORY_FILE} says, and well.`
          : `${name}: drift in ${String(changes.length)} places, ${String(ailments.length)} ailments.`,
      );
      return well ? 0 : 1;
    },
  );
}

/**
 * Shows the fleet.
 *
 * @param names of hosts; all where there are none
 * @param json whether to print JSON
 * @returns exit code: 1 where a host can't be reached
 * @throws {UserError} the inventory is wrong
 */
export async function status(names: readonly string[], json: boolean): Promise<number> {
  const inventory = readInventory();
  const hosts = names.length === 0 ? inventory.hosts : names.map((name) => find(inventory, name));
  const rows = await Promise.all(
    hosts.map((host) => hostStatus(intentOf(inventory, host), inventory, cancellation.signal)),
  );
  if (json) console.log(JSON.stringify(rows, undefined, 2));
  else
    console.log(
      renderTable(['host', 'platform', 'engine', 'free', 'load', 'pruned', 'drift', 'health'], rows.map(row)),
    );
  return rows.every(({ reachable }) => reachable) ? 0 : 1;
}

function row(status: Status): string[] {
  if (!status.reachable) return [status.host, 'not reachable', '', '', '', '', '', status.reason.split('\n')[0] ?? ''];
  return [
    status.host,
    status.platform,
    status.engines.join(', '),
    formatSize(status.free),
    `${status.load.toFixed(2)} of ${String(status.cores)}`,
    status.pruned === null ? 'never' : `${String(Math.round(status.pruned / 60))} min ago`,
    status.drift === 0 ? 'none' : String(status.drift),
    status.ailments.length === 0 ? 'well' : status.ailments.join('; '),
  ];
}

function line({ area, what }: Change): string {
  return `${area.padEnd(9)} ${what}`;
}

function prepare(name: string): { inventory: Inventory; intent: Intent } {
  const inventory = readInventory();
  return { inventory, intent: intentOf(inventory, find(inventory, name)) };
}

function readInventory(): Inventory {
  const inventory = loadInventory(WORKSPACE);
  if (inventory !== undefined) return inventory;
  throw new UserError(`There is no ${INVENTORY_FILE}.`, { hint: 'docs/runner-hosts.md shows one.' });
}

function find(inventory: Inventory, name: string): Host {
  const host = inventory.hosts.find((candidate) => candidate.name === name);
  if (host !== undefined) return host;
  const names = inventory.hosts.map((candidate) => candidate.name).join(', ');
  throw new UserError(`${INVENTORY_FILE} has no host ${JSON.stringify(name)}.`, { hint: `It has ${names}.` });
}

function intentOf(inventory: Inventory, host: Host): Intent {
  const { gitlab } = inventory;
  const tokens = Object.fromEntries(
    host.runners.flatMap(({ trust }) => {
      const token = readToken(tokenVariable(host.name, trust));
      return token === undefined ? [] : [[trust, token]];
    }),
  );
  if (gitlab === undefined || host.runners.length === 0) return { host, tokens };
  const repositoryKey = readText(join(WORKSPACE, gitlab.packages.key), `the key of ${gitlab.packages.url}`);
  if (!/^-----BEGIN PGP PUBLIC KEY BLOCK-----$/m.test(repositoryKey) || repositoryKey.includes('PRIVATE KEY'))
    throw new UserError(`${gitlab.packages.key} is not the public key of ${gitlab.packages.url}.`, {
      hint: 'It is a text that begins with -----BEGIN PGP PUBLIC KEY BLOCK-----; gpg --armor --export writes one.',
    });
  return { host, gitlab, repositoryKey, tokens };
}

function readToken(variable: string): string | undefined {
  const file = process.env[`${variable}_FILE`];
  const token = process.env[variable] ?? (file === undefined ? undefined : readText(file, variable).trim());
  if (token === undefined || token === '') return undefined;
  if (/^[\w.-]+$/.test(token)) return token;
  throw new UserError(`${variable} holds no runner token.`, { hint: 'Such a token is one word, glrt-….' });
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path}, ${what}, can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'Mend its name or permissions.',
      cause: error,
    });
  }
}
