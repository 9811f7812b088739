import { editYaml } from './edit-yaml.ts';

/** A digest of a source as image.yaml has it. */
export interface WrittenDigest {
  /** Counted from 0, in the order of the file. */
  readonly source: number;
  readonly algorithm: 'sha256' | 'sha512';
  /** Lower-case hex. */
  readonly hex: string;
}

/**
 * Puts digests in the place of those that a definition's sources have, and changes nothing else, as {@link editYaml} does.
 *
 * @param text an image.yaml or a part of one, with a field `sources`; it has been read without a mistake
 * @param digests the new ones; each of the algorithm that the source has
 * @returns the text with them
 * @throws {RangeError} a source isn't there, has no digest of that algorithm, or shares it with another that gets another one
 */
export function writeDigests(text: string, digests: readonly WrittenDigest[]): string {
  return editYaml(
    text,
    digests.map(({ source, algorithm, hex }) => ({ path: ['sources', source, algorithm], text: hex })),
  );
}
