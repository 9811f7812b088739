const LENGTHS = { sha256: 64, sha512: 128 } as const;

/** What a definition says where nobody knows a source's digest yet: zeros. `npm run sources -- --update` replaces them. */
export function placeholderDigest(algorithm: keyof typeof LENGTHS): string {
  return '0'.repeat(LENGTHS[algorithm]);
}

/** Whether a digest, in hex, is {@link placeholderDigest}. */
export function isPlaceholderDigest(hex: string): boolean {
  return /^0+$/.test(hex);
}
