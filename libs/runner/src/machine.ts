import { endianness, release } from 'node:os';
import { UserError } from '@dockyard/exec';
import { PLATFORMS, platformMistake } from '@dockyard/definition';

/** The machine that we run on, as far as platforms go. */
export interface Machine {
  /** The platform of the containers that it runs natively. On macOS and Windows too that is Linux, in the engine's virtual machine. */
  readonly platform: string;
  /** For a person, such as `linux/amd64 (linux 6.1.0, x64)`. */
  readonly description: string;
}

const OCI_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'linux/amd64',
  arm64: 'linux/arm64',
  arm: 'linux/arm/v7',
  ia32: 'linux/386',
  s390x: 'linux/s390x',
  riscv64: 'linux/riscv64',
  ...(endianness() === 'LE' ? { ppc64: 'linux/ppc64le' } : {}),
};

/**
 * Describes this machine.
 *
 * @param architecture as `process.arch`
 */
export function thisMachine(architecture: string = process.arch): Machine {
  const platform = OCI_ARCHITECTURES[architecture] ?? `linux/${architecture}`;
  return { platform, description: `${platform} (${process.platform} ${release()}, ${architecture})` };
}

/**
 * Whether a machine runs a platform's programs itself. Besides its own platform that is only linux/386 on linux/amd64, which every such kernel
 * offers. Whether an arm64 machine runs linux/arm/v7 depends on its processor and isn't assumed: a machine with an armv7 system is a remote runner.
 *
 * @param machine platform of the machine
 * @param platform platform of the programs
 */
export function runsNatively(machine: string, platform: string): boolean {
  return machine === platform || (machine === 'linux/amd64' && platform === 'linux/386');
}

/**
 * Reads a list of platforms, separated by spaces or commas.
 *
 * @param variable name of the environment variable, for the error
 * @throws {UserError} one isn't a platform
 */
export function parsePlatformList(variable: string, text: string): string[] {
  return splitList(text).map((word) => {
    checkPlatform(word, variable);
    return word;
  });
}

/**
 * Refuses what is no platform.
 *
 * @param where names the place that it was written in
 * @throws {UserError}
 */
export function checkPlatform(text: string, where: string): void {
  const mistake = platformMistake(text);
  if (mistake === undefined) return;
  throw new UserError(`${where}: ${mistake}`, {
    hint: `Platforms are written like ${PLATFORMS.slice(0, 3).join(', ')}.`,
  });
}

/** Splits at spaces and commas. */
export function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}
