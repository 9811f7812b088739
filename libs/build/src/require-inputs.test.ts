import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireInputs } from './require-inputs.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'require-inputs-'));
  write('images/boat/boat.yaml', {
    image: 'boat',
    description: 'A boat',
    version: '1.0',
    licenses: 'MIT',
    homepage: 'https://example.org',
    platforms: ['linux/amd64', 'linux/arm64'],
    packages: { suite: 'trixie', image: ['netbase'], compile: ['gcc'] },
    sources: [
      { file: 'hull.tgz', urls: ['https://example.org/{version}.tgz'], sha256: '0'.repeat(64) },
      { file: 'sail.tgz', urls: ['https://example.org/sail'], sha512: '0'.repeat(128), platforms: ['linux/arm64'] },
      { file: 'mast.tgz', urls: ['https://example.org/mast'], sha256: 'ab'.repeat(32) },
    ],
  });
  for (const variant of ['sail', 'row'])
    write(`images/boat/1-${variant}/image.yaml`, { extends: '../boat.yaml', variant, tags: [variant] });
  write('images/boat/Dockerfile', 'FROM scratch\nCOPY --from=artifacts / /\n');
  write('images/boat/compile.Dockerfile', 'FROM scratch\nCOPY --from=sources / /\n');
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

function write(path: string, content: object | string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), typeof content === 'string' ? content : JSON.stringify(content));
}
function missing(...builds: ['image' | 'compile', 'amd64' | 'arm64', string?][]): UserError | undefined {
  try {
    requireInputs(
      workspace,
      builds.map(([use, arch, root = 'images/boat/1-sail']) => ({ use, platform: `linux/${arch}`, root })),
    );
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

it('tells of everything at once, each once, and of the commands that write it', () => {
  const error = missing(
    ['image', 'amd64'],
    ['compile', 'amd64'],
    ['compile', 'arm64'],
    ['compile', 'arm64', 'images/boat/1-row'],
  );
  expect(error?.message).toBe(
    `images/boat/packages/image.amd64.json: this package lock is missing.
images/boat/packages/compile.amd64.json: this package lock is missing.
images/boat/boat.yaml: the digest of hull.tgz is not known yet: it is all zeros.
images/boat/packages/compile.arm64.json: this package lock is missing.
images/boat/boat.yaml: the digest of sail.tgz is not known yet: it is all zeros.`,
  );
  expect(error?.hint).toBe('Run: npm run lock boat-1-sail && npm run sources -- --update images/boat/boat.yaml');
});

it('tells of what these builds need, and of nothing else', () => {
  write('images/boat/packages/image.amd64.json', '');
  expect(missing(['image', 'amd64'])).toBeUndefined();
  expect(missing()).toBeUndefined();
  rmSync(join(workspace, 'images/boat/compile.Dockerfile'));
  write('images/boat/Dockerfile', 'FROM scratch\n');
  expect(missing(['compile', 'amd64'])).toBeUndefined();
});
