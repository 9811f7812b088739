import { filesProblem, type Rule } from '../rule.ts';

/** e_machine, width and byte order of each platform. */
const MACHINES: Readonly<Record<string, readonly [machine: number, bits: 32 | 64, endian: 'little' | 'big']>> = {
  'linux/amd64': [62, 64, 'little'],
  'linux/arm64': [183, 64, 'little'],
  'linux/arm/v7': [40, 32, 'little'],
  'linux/386': [3, 32, 'little'],
  'linux/ppc64le': [21, 64, 'little'],
  'linux/s390x': [22, 64, 'big'],
  'linux/riscv64': [243, 64, 'little'],
};

export const architecture: Rule = {
  name: 'architecture',
  severity: 'error',
  explanation: 'A program of another architecture does not start; it is dead weight, or the build took the wrong one.',
  fix: "take the file that is made for the platform, such as that of the source's `platforms`",
  image: ({ own, platform }) => {
    const expected = MACHINES[platform]?.join();
    return filesProblem(
      `not for ${platform}`,
      own
        .filter(({ elf }) => elf !== undefined && [elf.machine, elf.bits, elf.endian].join() !== expected)
        .map(({ path }) => path),
    );
  },
};
