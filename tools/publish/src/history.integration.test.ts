import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { historyOf } from './history.ts';

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
  const { isAncestor } = historyOf(exec, await clone());
  expect(await isAncestor(first, second)).toBe(true);
  expect(await isAncestor(first, first)).toBe(true);
  expect(await isAncestor(second, first)).toBe(false);
});

it('fetches a newer commit, which came after the checkout', async () => {
  const [, , third = ''] = commits;
  const checkout = await clone();
  expect(await historyOf(exec, checkout).isAncestor(third, await commit())).toBe(true);
});

it('sees past the end of a shallow checkout', async () => {
  const [first = '', , third = ''] = commits;
  expect(await historyOf(exec, await clone('--depth=1')).isAncestor(first, third)).toBe(true);
});

it('takes a commit of a history that was rewritten for none', async () => {
  const [first = ''] = commits;
  expect(await historyOf(exec, await clone()).isAncestor(first, 'f'.repeat(40))).toBe(false);
});

it('says nothing where the newer commit may be one that cannot be fetched', async () => {
  const [first = ''] = commits;
  const checkout = await clone();
  const newer = await commit();
  await git(checkout, 'remote', 'set-url', 'origin', join(dir, 'gone'));
  await expect(historyOf(exec, checkout).isAncestor(first, newer)).rejects.toThrow(
    /cannot be fetched|can.t be fetched: git fetch fails/,
  );
});

it('takes nothing for a commit but the id of one', async () => {
  const { isAncestor } = historyOf(exec, await clone());
  await expect(isAncestor('HEAD@{now}', 'HEAD')).rejects.toThrow(RangeError);
  await expect(isAncestor('HEAD', '--all')).rejects.toThrow(RangeError);
});

it('fetches for each commit that came later, not only for the first', async () => {
  const checkout = await clone();
  const { isAncestor } = historyOf(exec, checkout);
  const fourth = await commit();
  expect(await isAncestor(fourth, fourth)).toBe(true);
  expect(await isAncestor(fourth, await commit())).toBe(true);
});

it('knows what is merged: the default branch as the remote has it now', async () => {
  const [first = ''] = commits;
  const checkout = await clone('--depth=1');
  await git(origin, 'checkout', '--quiet', '-b', 'feature');
  const unmerged = await commit();
  await git(checkout, 'fetch', '--quiet', 'origin', 'feature');
  await git(origin, 'checkout', '--quiet', 'main');
  for (const branch of [undefined, 'main']) {
    const { isMerged } = historyOf(exec, checkout, branch);
    expect(await isMerged(first)).toBe(true);
    expect(await isMerged(unmerged)).toBe(false);
    expect(await isMerged('f'.repeat(40))).toBe(false);
  }
  const later = await commit();
  expect(await historyOf(exec, checkout).isMerged(later)).toBe(true);
  // Nothing of it is left behind in a checkout that may be a developer's.
  expect(await git(checkout, 'for-each-ref', '--format=%(refname)', 'refs/dockyard', 'refs/heads')).toBe(
    'refs/heads/main',
  );
  await expect(historyOf(exec, checkout, 'absent').isMerged(first)).rejects.toThrow(/has no refs\/heads\/absent/);
});

it('reads no answer out of a git that fails', async () => {
  const [first = '', second = ''] = commits;
  const { isAncestor, isMerged } = historyOf(exec, join(dir, 'origin', '.git', 'hooks', '..', '..', '..'));
  await expect(isAncestor(first, second)).rejects.toThrow(/git .* fails/);
  await expect(isMerged(first)).rejects.toThrow(/git .* fails/);
});
