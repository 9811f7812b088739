import { UserError } from '@dockyard/exec';
import type { Host } from '@dockyard/inventory';
import type { Facts } from './observed.ts';

const PLATFORMS: Readonly<Record<string, string>> = {
  x86_64: 'linux/amd64',
  aarch64: 'linux/arm64',
  armv7l: 'linux/arm/v7',
  i686: 'linux/386',
  ppc64le: 'linux/ppc64le',
  s390x: 'linux/s390x',
  riscv64: 'linux/riscv64',
};

/** The platform that a host runs natively, or its `uname -m` where that is none of ours. */
export function nativePlatform({ machine }: Pick<Facts, 'machine'>): string {
  return PLATFORMS[machine] ?? machine;
}

/**
 * Refuses a host that is not what the inventory says, or whose packages are too old.
 *
 * @param file the inventory, for the message
 * @throws {UserError}
 */
export function checkSupported(host: Host, facts: Facts, file: string): void {
  const where = `${file}:${String(host.position.line)}`;
  const native = nativePlatform(facts);
  const foreign = host.platforms.filter(
    (platform) => platform !== native && !(native === 'linux/amd64' && platform === 'linux/386'),
  );
  if (foreign.length > 0)
    throw new UserError(`${where}  ${host.name} is ${native}, so it doesn't run ${foreign.join(', ')} natively.`, {
      hint: `Write platforms: [${native}] there, or mend the address.`,
    });
  const oldest = facts.system === 'debian' ? 13 : facts.system === 'ubuntu' ? 24.04 : Infinity;
  if (!(Number(facts.version) >= oldest))
    throw new UserError(`${where}  ${host.name} runs ${facts.system} ${facts.version}.`, {
      hint: 'It takes Debian 13 or Ubuntu 24.04, or newer: the Docker Engine of older ones can neither export OCI layouts nor masquerade IPv6.',
    });
}
