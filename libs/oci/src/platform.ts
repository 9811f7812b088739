import { LayoutError } from './errors.ts';
import type { DescriptorPlatform, ImageConfig } from './types.ts';

interface PlatformParts {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

// What OCI tools assume when the variant is left out (containerd's platforms package, normalizeArch).
const DEFAULT_VARIANT: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };

/**
 * `os/architecture[/variant]` taken apart.
 *
 * @param file what the text belongs to, for the error
 * @throws LayoutError when the text has another form
 */
export function splitPlatform(file: string, text: string): { os: string; architecture: string; variant?: string } {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (!os || !architecture || variant === '' || rest.length > 0) {
    throw new LayoutError(file, 'the platform is malformed', {
      expected: 'os/architecture or os/architecture/variant',
      found: JSON.stringify(text),
    });
  }
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** A configuration's platform as text, without the variant where it is the usual one of arm64 or amd64. */
export function platformText(config: PlatformParts): string {
  const { os, architecture, variant } = config;
  const usual = architecture !== 'arm' && variant === DEFAULT_VARIANT[architecture];
  return variant === undefined || variant === '' || usual
    ? `${os}/${architecture}`
    : `${os}/${architecture}/${variant}`;
}

/** Whether both name the same machine; a variant left out is the usual one. */
export function samePlatform(one: PlatformParts, other: PlatformParts): boolean {
  return one.os === other.os && one.architecture === other.architecture && variantOf(one) === variantOf(other);
}

/** The platform object of an index entry, keys in the order of the specification. */
export function descriptorPlatform(config: ImageConfig): DescriptorPlatform {
  return {
    architecture: config.architecture,
    os: config.os,
    ...(config['os.version'] === undefined ? {} : { 'os.version': config['os.version'] }),
    ...(config['os.features'] === undefined ? {} : { 'os.features': config['os.features'] }),
    ...(config.variant === undefined ? {} : { variant: config.variant }),
  };
}

function variantOf(platform: PlatformParts): string {
  return platform.variant || (DEFAULT_VARIANT[platform.architecture] ?? '');
}
