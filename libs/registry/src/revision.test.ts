import type { Digest } from '@dockyard/oci';
import { describe, expect, it } from 'vitest';
import { adoptRevision, planRevision, revisionOf } from './revision.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

describe('the number of an immutable tag', () => {
  it.each([
    ['8.0.2-r1', 1],
    ['8.0.2-r10', 10],
    ['8.0.2-r0', undefined],
    ['8.0.2-r01', undefined],
    ['8.0.2-rc1', undefined],
    ['8.0.2', undefined],
    ['18.0.2-r1', undefined],
  ])('%s', (tag, number) => {
    expect(revisionOf('8.0.2', tag)).toBe(number);
  });

  it('begins at 1', () => {
    expect(planRevision('8.0.2', digest('a'), [])).toBe('8.0.2-r1');
  });

  it('rises with the content, by number and not by name', () => {
    const published = ['8.0.2-r9', '8.0.2-r10', '8.0.2-r2'].map((tag) => ({ tag, digest: digest('b') }));
    expect(planRevision('8.0.2', digest('a'), published)).toBe('8.0.2-r11');
  });

  it('rises past a tag whose content the registry has lost', () => {
    expect(planRevision('8.0.2', digest('a'), [{ tag: '8.0.2-r4', digest: undefined }])).toBe('8.0.2-r5');
  });

  it('stays where the content is published, also where something else came after it', () => {
    const published = [
      { tag: '8.0.2-r1', digest: digest('a') },
      { tag: '8.0.2-r2', digest: digest('b') },
    ];
    expect(planRevision('8.0.2', digest('b'), published)).toBe('8.0.2-r2');
    expect(planRevision('8.0.2', digest('a'), published)).toBe('8.0.2-r1');
  });
});

describe('the number that another registry gave', () => {
  const published = [{ tag: '8.0.2-r3', digest: digest('a') }];

  it('is taken, whatever the next free one would be', () => {
    expect(adoptRevision('8.0.2-r7', digest('b'), published)).toBe('8.0.2-r7');
    expect(adoptRevision('8.0.2-r3', digest('a'), published)).toBe('8.0.2-r3');
  });

  it('is refused where it means something else here', () => {
    expect(() => adoptRevision('8.0.2-r3', digest('b'), published)).toThrow(
      /8\.0\.2-r3 is sha256:a+ here and sha256:b+/,
    );
  });
});
