import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ancestry } from './history.ts';

let dir: string;
let origin: string;
let commits: string[];

const git = async (cwd: string, ...args: string[]): Promise<string> => {
  const settings = { 'user.name': 't', 'user.email': 't@example.org' };
  return (await runGit(exec, cwd, args, { settings })).stdout;
};
const commit = async (): Promise<string> => {
  await git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'x');
  return git(origin, 'rev-parse', 'HEAD');
};
const clone = async (...options: string[]): Promise<string> => {
  const checkout = join(dir, 'checkout');
  await git(dir, 'clone', '--quiet', ...options, `file://${origin}`, checkout);
  return checkout;
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'history-'));
  origin = join(dir, 'origin');
  await git(dir, 'init', '--quiet', '--initial-branch=main', origin);
  commits = [await commit(), await commit(), await commit()];
});
afterEach(() => rm(dir, { recursive: true }));

it('tells of commits that the checkout has', async () => {
  const [first = '', second = ''] = commits;
  const isAncestor = ancestry(exec, await clone());
  expect(await isAncestor(first, second)).toBe(true);
  expect(await isAncestor(first, first)).toBe(true);
  expect(await isAncestor(second, first)).toBe(false);
});

it('fetches a newer commit, which came after the checkout', async () => {
  const [, , third = ''] = commits;
  const checkout = await clone();
  expect(await ancestry(exec, checkout)(third, await commit())).toBe(true);
});

it('sees past the end of a shallow checkout', async () => {
  const [first = '', , third = ''] = commits;
  expect(await ancestry(exec, await clone('--depth=1'))(first, third)).toBe(true);
});

it('takes a commit of a history that was rewritten for none', async () => {
  const [first = ''] = commits;
  expect(await ancestry(exec, await clone())(first, 'f'.repeat(40))).toBe(false);
});

it('says nothing where the newer commit may be one that cannot be fetched', async () => {
  const [first = ''] = commits;
  const checkout = await clone();
  const newer = await commit();
  await git(checkout, 'remote', 'set-url', 'origin', join(dir, 'gone'));
  await expect(ancestry(exec, checkout)(first, newer)).rejects.toThrow(/can't be fetched: git fetch fails/);
});
