// Names of the machine (uname -m, which docker reports) → OCI's.
const MACHINES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm/v7',
  i686: '386',
};

/**
 * The platform that an engine runs natively.
 *
 * @param machine architecture as docker or podman reports it: `x86_64` or `amd64`
 * @param variant `v7` for arm
 * @returns e.g. `linux/amd64`; containers are Linux everywhere
 */
export function nativePlatform(machine: string, variant = ''): string {
  const architecture = MACHINES[machine] ?? machine;
  return `linux/${architecture}${architecture === 'arm' && variant !== '' ? `/${variant}` : ''}`;
}
