import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The variable that asks for emulation, by the names of platforms. */
export const EMULATE_VARIABLE = 'DOCKYARD_EMULATE';

const BINFMT = '/proc/sys/fs/binfmt_misc';

const QEMU_NAMES: Readonly<Record<string, string>> = {
  'linux/amd64': 'x86_64',
  'linux/arm64': 'aarch64',
  'linux/arm/v7': 'arm',
  'linux/386': 'i386',
  'linux/ppc64le': 'ppc64le',
  'linux/s390x': 's390x',
  'linux/riscv64': 'riscv64',
};

/**
 * Judges a registration of binfmt_misc (Documentation/admin-guide/binfmt-misc.rst of Linux).
 *
 * @param registration text of `/proc/sys/fs/binfmt_misc/qemu-…`, or undefined where there is none
 * @returns what is in the way of emulating in containers, if anything
 */
export function judgeRegistration(registration: string | undefined): string | undefined {
  if (registration === undefined) return 'no emulator is registered for it';
  if (!/^enabled$/m.test(registration)) return 'its emulator is registered, but disabled';
  // Without F the kernel looks for the emulator inside of the container, where it isn't.
  if (!/^flags:.*F/m.test(registration)) return 'its emulator is registered without the flag F, so containers lack it';
  return undefined;
}

/**
 * Tells what is in the way of emulating a platform on this machine.
 *
 * @param platform OCI platform
 * @param folder where binfmt_misc is mounted
 * @returns undefined where it works. Other systems than Linux keep the registration in the engine's virtual machine: nothing to see from here.
 */
export async function emulationProblem(platform: string, folder: string = BINFMT): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  return judgeRegistration(await readRegistration(folder, QEMU_NAMES[platform] ?? ''));
}

/**
 * Lists the platforms that could be emulated on this machine.
 *
 * @param folder where binfmt_misc is mounted
 * @returns OCI platforms; none on other systems than Linux, where they can't be seen from here
 */
export async function emulatedPlatforms(folder: string = BINFMT): Promise<string[]> {
  const judged = await Promise.all(
    Object.entries(QEMU_NAMES).map(async ([platform, name]) => ({
      platform,
      problem: judgeRegistration(await readRegistration(folder, name)),
    })),
  );
  return judged.filter(({ problem }) => problem === undefined).map(({ platform }) => platform);
}

function readRegistration(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, `qemu-${name}`), 'utf8').catch(() => undefined);
}
