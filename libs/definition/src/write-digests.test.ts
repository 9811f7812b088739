import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDigests } from './write-digests.ts';

const OLD = 'ab'.repeat(32);
const NEW = 'cd'.repeat(32);

const TEXT = `# yaml-language-server: $schema=../../image.schema.json
image:   ci    # odd spacing stays
version: '24.0.0'

sources:
  # Why this file is here.
  - file: a.tgz
    urls: ['https://example.org/${OLD}/a-{version}.tgz'] # the digest is in the URL too
    sha256:   "${OLD}"   # not to be lost
  - { file: b.tgz, sha512: '${OLD}${OLD}', urls: [npm:b@1.0.0] }
  - file: c.tgz
    sha256: ${OLD}

tags: [ "{version}" ]
# the end, without a newline`;

/** The text with its n-th digest behind `field` replaced, by plain string work. */
function replaced(field: string, hex: string, text = TEXT): string {
  const [before, ...after] = text.split(field);
  return [before, after.join(field).replace(/[0-9a-f]{64,128}/, hex)].join(field);
}

describe('writing digests', () => {
  it.each([
    ['in double quotes', 'sha256:   "', { source: 0, algorithm: 'sha256', hex: NEW }],
    ['in a mapping of one line', "sha512: '", { source: 1, algorithm: 'sha512', hex: NEW + NEW }],
    ['without quotes', 'c.tgz\n    sha256: ', { source: 2, algorithm: 'sha256', hex: NEW }],
  ] as const)('%s changes the digest and not another byte', (_, field, digest) => {
    const expected = replaced(field, digest.hex);
    expect(expected).not.toBe(TEXT);
    expect(writeDigests(TEXT, [digest])).toBe(expected);
  });

  it('keeps line ends and a byte order mark', () => {
    const text = `\uFEFF${TEXT.replaceAll('\n', '\r\n')}`;
    const written = writeDigests(text, [{ source: 0, algorithm: 'sha256', hex: NEW }]);
    expect(written).toBe(replaced('sha256:   "', NEW, text));
  });

  it('changes nothing where the digests are those that are there', () => {
    expect(
      writeDigests(TEXT, [
        { source: 0, algorithm: 'sha256', hex: OLD },
        { source: 1, algorithm: 'sha512', hex: OLD + OLD },
      ]),
    ).toBe(TEXT);
  });

  it('writes where the anchor of an alias is, and not two digests into one', () => {
    const text = `sources:\n  - { sha256: &same "${OLD}" }\n  - { sha256: *same }\n`;
    const digest = (source: number, hex: string) => ({ source, algorithm: 'sha256', hex }) as const;
    expect(writeDigests(text, [digest(0, NEW), digest(1, NEW)])).toBe(text.replace(OLD, NEW));
    expect(() => writeDigests(text, [digest(0, NEW), digest(1, OLD)])).toThrow(/also written for another/);
  });

  it.each([
    { source: 3, algorithm: 'sha256', hex: NEW },
    { source: 0, algorithm: 'sha512', hex: NEW },
  ] as const)('refuses one that is not there: %o', (digest) => {
    expect(() => writeDigests(TEXT, [digest])).toThrow(/is not there/);
  });

  it('leaves every other byte of any text as it is', () => {
    const piece = fc.constantFrom('', ' ', '  # ü 💥', '\n', '\n    # sha256: x', '\r\n');
    const quote = fc.constantFrom('"', "'", '');
    fc.assert(
      fc.property(fc.array(fc.tuple(quote, piece), { minLength: 1, maxLength: 5 }), (sources) => {
        const text = (hex: string): string =>
          `image: x\nsources:\n${sources.map(([q, after], i) => `  - file: f${i}\n    sha256: ${q}${hex}${q}${after}\n`).join('')}`;
        const digests = sources.map((_, source) => ({ source, algorithm: 'sha256', hex: NEW }) as const);
        expect(writeDigests(text(OLD), digests)).toBe(text(NEW));
      }),
      { numRuns: 500 },
    );
  });
});
