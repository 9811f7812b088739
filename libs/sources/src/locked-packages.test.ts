import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLock, type LockedPackages, lockSources, parseLock, readLock, writeLock } from './locked-packages.ts';

const SHA = 'ab'.repeat(32);
const entry = (name: string, architecture = 'amd64') => ({
  name,
  version: '1:2.0~rc1+dfsg-1',
  architecture,
  path: `pool/main/x/${name}_1%3a2.0_${architecture}.deb`,
  size: 10,
  sha256: SHA,
});
const LOCK: LockedPackages = {
  suite: 'trixie',
  architecture: 'amd64',
  packages: [entry('apt'), entry('libstdc++6', 'all')],
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a package lock', () => {
  it('reads back as it was written', async () => {
    const file = join(dir, 'packages', 'image.amd64.json');
    await writeLock(file, LOCK);
    expect(await readLock(file)).toEqual(LOCK);
    expect(await readFile(file, 'utf8')).toBe(formatLock(LOCK));
  });

  it('has one package a line, sorted, and ends with a newline', () => {
    const text = formatLock({ ...LOCK, packages: [...LOCK.packages].reverse() });
    expect(text).toBe(formatLock(LOCK));
    expect(text.split('\n').filter((line) => line.includes('"name"'))).toHaveLength(2);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('may be empty', () => {
    const empty = { ...LOCK, packages: [] };
    expect(parseLock(formatLock(empty), 'x')).toEqual(empty);
  });

  it('becomes sources', () => {
    expect(lockSources(LOCK)[1]).toEqual({
      file: 'libstdc++6_all.deb',
      urls: ['debian:pool/main/x/libstdc++6_1%3a2.0_all.deb'],
      digest: { algorithm: 'sha256', hex: SHA },
      size: 10,
    });
  });

  it.each([
    ['nonsense', /is not JSON/],
    ['[]', /not an object/],
    [{ ...LOCK, suite: '../x' }, /no valid "suite"/],
    [{ ...LOCK, architecture: 1 }, /no valid "architecture"/],
    [{ ...LOCK, packages: {} }, /no list "packages"/],
    [{ ...LOCK, packages: [entry('../x')] }, /packages\[0\] has no valid "name"/],
    [
      { ...LOCK, packages: [entry('apt'), { ...entry('bash'), path: 'pool/../../x.deb' }] },
      /packages\[1\] has no valid "path"/,
    ],
    [{ ...LOCK, packages: [{ ...entry('bash'), path: '/etc/x.deb' }] }, /no valid "path"/],
    [{ ...LOCK, packages: [{ ...entry('bash'), sha256: 'AB' }] }, /no valid "sha256"/],
    [{ ...LOCK, packages: [{ ...entry('bash'), size: -1 }] }, /no valid "size"/],
  ])('is refused: %j', (lock, message) => {
    const text = typeof lock === 'string' ? lock : JSON.stringify(lock);
    expect(() => parseLock(text, 'packages/image.amd64.json')).toThrow(message);
    expect(() => parseLock(text, 'packages/image.amd64.json')).toThrow('packages/image.amd64.json: ');
  });

  it('that is missing says how to write it', async () => {
    const error: unknown = await readLock(join(dir, 'none.json')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).hint).toContain('npm run lock');
  });
});
