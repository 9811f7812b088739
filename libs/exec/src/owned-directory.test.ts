import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withOwnedDirectory } from './owned-directory.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'dockyard-owned-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const namespace = readlinkSync('/proc/self/ns/pid');
/** No process has it: the kernel's limit is below. */
const NOBODY = 2 ** 30;

function leave(name: string, owner: object | string | undefined, days = 0): void {
  mkdirSync(join(parent, name, 'work'), { recursive: true });
  writeFileSync(join(parent, name, 'work', 'big'), 'x');
  if (owner !== undefined)
    writeFileSync(join(parent, name, 'owner.json'), typeof owner === 'string' ? owner : JSON.stringify(owner));
  const time = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  utimesSync(join(parent, name), time, time);
}
const names = (): string[] => readdirSync(parent).sort();

describe('a folder with an owner', () => {
  it('is empty, and gone afterwards, whatever happened', async () => {
    const used = await withOwnedDirectory(join(parent, 'a/b'), 'x-', (dir) => {
      expect(readdirSync(dir)).toEqual([]);
      writeFileSync(join(dir, 'file'), '');
      return Promise.resolve(dir);
    });
    await expect(withOwnedDirectory(parent, 'y-', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(used)).toBe(false);
    expect(names()).toEqual(['a']);
    expect(readdirSync(join(parent, 'a/b'))).toEqual([]);
  });

  it.each<[string, object | string | undefined, number]>([
    ['was killed', { host: hostname(), boot, namespace, pid: NOBODY }, 0],
    ['ran before the machine was started again', { host: hostname(), boot: 'another', namespace, pid: process.pid }, 0],
    ['nobody knows, a week ago', undefined, 8],
    ['was cut off by a power loss, a week ago', '{"host":', 8],
    ['was on another machine, a week ago', { host: 'another', boot, namespace, pid: NOBODY }, 8],
  ])('whose owner %s is swept', async (_, owner, days) => {
    leave('left-1', owner, days);
    await withOwnedDirectory(parent, 'x-', () => Promise.resolve());
    expect(names()).toEqual([]);
  });

  it.each<[string, object | string | undefined]>([
    ['is at work', { host: hostname(), boot, namespace, pid: process.pid }],
    ['is just making it', undefined],
    ['is in another container', { host: hostname(), boot, namespace: 'pid:[7]', pid: NOBODY }],
    ['is on another machine', { host: 'another', boot, namespace, pid: NOBODY }],
    ['has a number that is none', { host: hostname(), boot, namespace, pid: -1 }],
  ])('whose owner %s is left alone', async (_, owner) => {
    leave('mine-1', owner);
    await withOwnedDirectory(parent, 'x-', () => Promise.resolve());
    expect(names()).toEqual(['mine-1']);
  });

  it('of two who sweep at once is swept once, and none fails', async () => {
    for (let at = 0; at < 20; at++) leave(`left-${String(at)}`, { host: hostname(), boot, namespace, pid: NOBODY });
    await Promise.all(Array.from({ length: 8 }, () => withOwnedDirectory(parent, 'x-', () => Promise.resolve())));
    expect(names()).toEqual([]);
  });
});
