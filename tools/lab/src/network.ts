import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { exec, UserError } from '@dockyard/exec';
import type { LabPaths } from './paths.ts';

/** The lab's own bridge, so that it shares no addresses with another Docker Engine of the machine. */
export interface Bridge {
  readonly name: string;
  /** Its IPv4 address with prefix, such as `10.213.7.1/24`. */
  readonly address: string;
}

/**
 * Chooses a bridge for a lab: the same one each time for the same folder, unless its addresses are in use. Pure.
 *
 * @param dir the lab's folder
 * @param used IPv4 addresses of the machine's other interfaces
 * @throws {UserError} every candidate is in use
 */
export function chooseBridge(dir: string, used: readonly string[]): Bridge {
  const hash = createHash('sha256').update(dir).digest();
  const first = hash.readUInt8(0);
  for (let step = 0; step < 256; step += 1) {
    const net = `10.213.${String((first + step) % 256)}.`;
    if (used.some((address) => address.startsWith(net))) continue;
    return { name: bridgeName(dir), address: `${net}1/24` };
  }
  throw new UserError('No free addresses for the lab: all of 10.213.0.0/16 is in use on this machine');
}

/** The name of a lab's bridge; Linux allows 15 characters. */
export function bridgeName(dir: string): string {
  return `dylab-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`;
}

/** Makes the lab's bridge unless it is there; returns its name. Runs the root's own `ip`. */
export async function makeBridge(paths: LabPaths): Promise<string> {
  const name = bridgeName(paths.dir);
  const ip = (...args: string[]) => exec({ command: 'chroot', args: [paths.root, 'ip', ...args] });
  const there = await exec({ command: 'chroot', args: [paths.root, 'ip', 'link', 'show', name] }, { reject: false });
  if (there.exitCode === 0) return name;
  const used = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  const bridge = chooseBridge(paths.dir, used);
  await ip('link', 'add', name, 'type', 'bridge');
  await ip('address', 'add', bridge.address, 'dev', name);
  await ip('link', 'set', name, 'up');
  return name;
}

/**
 * Finds the firewall rules that dockerd made for a bridge and leaves behind.
 *
 * @param rules what `iptables -S` prints
 * @param name the bridge
 * @returns for each of them the arguments of iptables that delete it
 */
export function rulesToDelete(rules: string, name: string): string[][] {
  return rules.split('\n').flatMap((rule) => {
    const words = rule.trim().split(' ');
    return words[0] === '-A' && words.includes(name) ? [['-D', ...words.slice(1)]] : [];
  });
}

/** Removes the lab's bridge and its firewall rules, as far as they are there. */
export async function removeBridge(paths: LabPaths): Promise<void> {
  const name = bridgeName(paths.dir);
  const inRoot = (...args: string[]) => exec({ command: 'chroot', args: [paths.root, ...args] }, { reject: false });
  for (const table of ['filter', 'nat']) {
    const { stdout } = await inRoot('iptables', '--wait', '-t', table, '-S');
    for (const rule of rulesToDelete(stdout, name)) await inRoot('iptables', '--wait', '-t', table, ...rule);
  }
  await inRoot('ip', 'link', 'delete', name);
}
