import { createHash } from 'node:crypto';
import { exec } from '@dockyard/exec';

/** A network namespace and the one wire that leads from it to this machine. IPv6 only: nothing in it ever had an IPv4 address. */
export interface Link {
  readonly namespace: string;
  /** Interface on this machine's side; `eth0` on the other. */
  readonly device: string;
  /** IPv6 address of this machine on the wire, the other's default route. */
  readonly near: string;
  /** IPv6 address of the machine in the namespace. */
  readonly far: string;
}

/**
 * Names a link, always the same one for the same machine. Pure.
 *
 * @param key says which machine, such as the path of its folder
 */
export function linkOf(key: string): Link {
  const hash = createHash('sha256').update(key).digest('hex');
  // RFC 4193, with a hash of the name in place of random bits.
  const group = (at: number): string => parseInt(hash.slice(at, at + 4), 16).toString(16);
  const prefix = `fd${hash.slice(0, 2)}:${group(2)}:${group(6)}`;
  const namespace = `dym${hash.slice(0, 8)}`;
  return { namespace, device: `${namespace}h`, near: `${prefix}::1`, far: `${prefix}::2` };
}

const ip = (...args: string[]) => exec({ command: 'ip', args });

/** Makes the link anew. */
export async function makeLink(link: Link): Promise<void> {
  await removeLink(link);
  const { namespace, device, near, far } = link;
  await ip('netns', 'add', namespace);
  await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  await ip('address', 'add', `${near}/64`, 'dev', device, 'nodad');
  await ip('link', 'set', device, 'up');
  const inside = (...args: string[]) => ip('-n', namespace, ...args);
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${far}/64`, 'dev', 'eth0', 'nodad');
  await inside('link', 'set', 'eth0', 'up');
  await inside('-6', 'route', 'add', 'default', 'via', near);
}

/** Removes the link, as far as it is there. */
export async function removeLink({ namespace, device }: Link): Promise<void> {
  await exec({ command: 'ip', args: ['link', 'delete', device] }, { reject: false });
  await exec({ command: 'ip', args: ['netns', 'delete', namespace] }, { reject: false });
}
