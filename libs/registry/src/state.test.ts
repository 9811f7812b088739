import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, parseClaim } from './state.ts';

const COMMIT = 'c'.repeat(40);
const DIGEST = `sha256:${'d'.repeat(64)}` as const;
const WRITTEN = {
  'org.opencontainers.image.revision': COMMIT,
  'dev.dockyard.image': 'php',
  'dev.dockyard.index': DIGEST,
  'dev.dockyard.manifests': `${DIGEST} ${DIGEST}`,
  'dev.dockyard.revision': '8.4.1-r2',
  'dev.dockyard.tags': '8.4 latest',
};

describe('a claim', () => {
  it('is read', () => {
    expect(parseClaim(WRITTEN)).toEqual({
      commit: COMMIT,
      image: 'php',
      digest: DIGEST,
      manifests: [DIGEST, DIGEST],
      revision: '8.4.1-r2',
      tags: ['8.4', 'latest'],
    } satisfies Claim);
  });

  it.each([
    ['org.opencontainers.image.revision', 'HEAD'],
    ['org.opencontainers.image.revision', 'HEAD@{now\nNODE_OPTIONS=--import=x}'],
    ['org.opencontainers.image.revision', `--upload-pack=${COMMIT}`],
    ['dev.dockyard.image', '../cache/protected'],
    ['dev.dockyard.image', 'a$(id)'],
    ['dev.dockyard.index', `${DIGEST}/../..`],
    ['dev.dockyard.manifests', 'latest'],
    ['dev.dockyard.revision', '1.0\n'],
    ['dev.dockyard.tags', '8.4 ../latest'],
    ['dev.dockyard.tags', `a ${'b'.repeat(129)}`],
  ])('is none where %s is %j', (name, value) => {
    expect(parseClaim({ ...WRITTEN, [name]: value })).toBeUndefined();
  });

  it('is nothing, or holds nothing but what its fields may hold, whatever a registry answers', () => {
    const field = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(WRITTEN)), fc.json());
    const answer = fc.oneof(
      fc.anything(),
      fc.record(
        Object.fromEntries(Object.entries(WRITTEN).map(([name, value]) => [name, fc.oneof(fc.constant(value), field)])),
      ),
    );
    fc.assert(
      fc.property(answer, (value) => {
        const claim = parseClaim(value);
        if (claim === undefined) return;
        const { commit, image, digest, manifests, revision, tags } = claim;
        const words = [commit, image, digest, ...manifests, revision, ...tags];
        for (const word of words) expect(word).toMatch(/^\w[\w.:-]*$/);
      }),
      { numRuns: 5_000, seed: 20_240_817 },
    );
  });
});
