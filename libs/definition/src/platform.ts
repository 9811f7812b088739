import { didYouMean } from '@dockyard/diagnostic';

/** A platform as the OCI image index writes it (image-spec 1.1, `platform` of a descriptor). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const SUFFIXES = {
  'linux/amd64': 'amd64',
  'linux/arm64': 'arm64',
  'linux/arm/v7': 'armv7',
  'linux/386': '386',
  'linux/ppc64le': 'ppc64le',
  'linux/s390x': 's390x',
  'linux/riscv64': 'riscv64',
} as const;

export type PlatformName = keyof typeof SUFFIXES;

/** The part of a target name that says the platform, such as `armv7` in `compile:armv7`. */
export type ArchSuffix = (typeof SUFFIXES)[PlatformName];

/** The platforms that Dockyard builds for, as OCI writes them. */
export const PLATFORMS: readonly PlatformName[] = Object.keys(SUFFIXES) as PlatformName[];

// What people, kernels, Debian and containerd call the same machines.
const OTHER_NAMES: Readonly<Record<string, PlatformName>> = {
  x86_64: 'linux/amd64',
  'x86-64': 'linux/amd64',
  aarch64: 'linux/arm64',
  'arm64/v8': 'linux/arm64',
  arm: 'linux/arm/v7',
  armv7: 'linux/arm/v7',
  armv7l: 'linux/arm/v7',
  armhf: 'linux/arm/v7',
  i386: 'linux/386',
  i686: 'linux/386',
  x86: 'linux/386',
  ppc64el: 'linux/ppc64le',
};

/** Whether the text is one of {@link PLATFORMS}. */
export function isPlatform(text: string): text is PlatformName {
  return Object.hasOwn(SUFFIXES, text);
}

/**
 * Guesses which platform was meant.
 *
 * @param text what was written instead of a platform, such as `linux/aarch64` or `arm64`
 * @returns one of {@link PLATFORMS}, or undefined where nothing comes near
 */
export function suggestPlatform(text: string): PlatformName | undefined {
  const name = text.trim().toLowerCase();
  const bare = name.replace(/^linux\//, '');
  if (Object.hasOwn(OTHER_NAMES, bare)) return OTHER_NAMES[bare];
  return PLATFORMS.find((platform) => platform === `linux/${bare}`) ?? didYouMean(name, PLATFORMS);
}

/**
 * Lists what is allowed in place of something that is no platform.
 *
 * @param text such as `linux/aarch64`
 * @returns {@link PLATFORMS} with the one that was probably meant; undefined for one of them
 */
export function allowedPlatforms(text: string): string | undefined {
  if (isPlatform(text)) return undefined;
  const meant = suggestPlatform(text);
  return `${PLATFORMS.join(', ')}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

/**
 * Says what is wrong with a platform.
 *
 * @param text such as `linux/arm/v7`
 * @returns a sentence that lists what is allowed; undefined for one of {@link PLATFORMS}
 */
export function platformMistake(text: string): string | undefined {
  const allowed = allowedPlatforms(text);
  return allowed === undefined ? undefined : `unknown platform ${JSON.stringify(text)}; allowed: ${allowed}`;
}

/** Writes a platform the way OCI tools do: `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/**
 * The arch suffix of a platform's targets.
 *
 * @param platform one of {@link PLATFORMS}, such as `linux/arm/v7`
 * @throws RangeError that lists what is allowed, for any other text
 */
export function archSuffix(platform: string): ArchSuffix {
  if (!isPlatform(platform)) throw new RangeError(platformMistake(platform));
  return SUFFIXES[platform];
}

/**
 * The platform of an arch suffix.
 *
 * @param suffix such as `armv7`
 * @returns one of {@link PLATFORMS}
 * @throws RangeError for anything that is no arch suffix
 */
export function platformOfSuffix(suffix: string): PlatformName {
  const name = PLATFORMS.find((platform) => SUFFIXES[platform] === suffix);
  if (name === undefined) {
    throw new RangeError(
      `unknown arch suffix ${JSON.stringify(suffix)}; allowed: ${Object.values(SUFFIXES).join(', ')}`,
    );
  }
  return name;
}
