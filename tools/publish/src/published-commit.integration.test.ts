import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { type Registry, registryIsTested, startRegistry } from '@dockyard/lab';
import { Client, parseRepository, readPublishedCommit, writePublishedCommit } from '@dockyard/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { affectedBase, markPublished } from './published-commit.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

describe.skipIf(!(await registryIsTested()))('what a pipeline compares with', () => {
  let dir: string;
  let registry: Registry;
  let origin: string;
  const lines: string[] = [];

  const git = async (cwd: string, ...args: string[]): Promise<string> => {
    const settings = { 'user.name': 't', 'user.email': 't@example.org' };
    return (await runGit(exec, cwd, args, { settings })).stdout;
  };
  const commit = async (): Promise<string> => {
    await git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'x');
    return git(origin, 'rev-parse', 'HEAD');
  };
  let clones = 0;
  /** A pipeline: it has what was there when it began. */
  const pipeline = async (...options: string[]) => {
    clones += 1;
    const workspace = join(dir, `checkout-${String(clones)}`);
    await git(dir, 'clone', '--quiet', ...options, `file://${origin}`, workspace);
    const env = { DOCKYARD_REGISTRIES: `${registry.host}/g` };
    return { workspace, env, onLine: (line: string) => void lines.push(line) };
  };
  /** What whoever may push to the registry writes there. */
  const note = async (commit: string): Promise<void> => {
    const client = new Client();
    await writePublishedCommit(client, parseRepository(`${registry.host}/g`), commit);
    await client.close();
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'published-'));
    registry = await startRegistry();
    origin = join(dir, 'origin');
    await git(dir, 'init', '--quiet', '--initial-branch=main', origin);
  });
  afterAll(async () => {
    await registry.stop();
    await rm(dir, { recursive: true });
  });

  it('is what was published last, also where two pipelines overlap', async () => {
    const first = await commit();
    const older = await pipeline();
    expect(await affectedBase(older)).toBe(EMPTY_TREE);
    await markPublished(older);
    expect(await affectedBase(await pipeline())).toBe(first);

    const second = await commit();
    const slow = await pipeline('--depth=1');
    const third = await commit();
    const fast = await pipeline();
    expect(await affectedBase(slow)).toBe(first);
    await markPublished(fast);
    // The older one has nothing left to do, and doesn't set the newer one back.
    expect(await affectedBase(slow)).toBe(second);
    await markPublished(slow);
    expect(await affectedBase(await pipeline())).toBe(third);
  });

  it.each([
    ['HEAD', /names no commit/],
    ['HEAD@{now\nNODE_OPTIONS=--import=data:text/javascript,0}', /names no commit/],
    ['f'.repeat(40), /is not on the default branch/],
  ])('is everything where %j was written in its place, and the next publishing mends that', async (text, said) => {
    const head = await commit();
    await note(text);
    const one = await pipeline();
    expect(await affectedBase(one)).toBe(EMPTY_TREE);
    expect(lines.join('\n')).toMatch(said);
    await markPublished(one);
    expect(await affectedBase(await pipeline())).toBe(head);
  });

  it('is never a commit that was not merged, which would stop publishing with a green job', async () => {
    const head = await commit();
    await git(origin, 'checkout', '--quiet', '-b', 'feature');
    const unmerged = await commit();
    await git(origin, 'checkout', '--quiet', 'main');
    await note(unmerged);
    const one = await pipeline();
    expect(await affectedBase(one)).toBe(EMPTY_TREE);
    expect(await affectedBase({ ...one, env: { ...one.env, CI_DEFAULT_BRANCH: 'main' } })).toBe(EMPTY_TREE);
    await markPublished(one);
    const client = new Client();
    expect(await readPublishedCommit(client, parseRepository(`${registry.host}/g`))).toBe(head);
    await client.close();
  });

  it('of a merge request is no more than the id of a commit', async () => {
    const one = await pipeline();
    const env = { ...one.env, CI_MERGE_REQUEST_IID: '1', CI_MERGE_REQUEST_DIFF_BASE_SHA: 'HEAD@{now}' };
    await expect(affectedBase({ ...one, env })).rejects.toThrow(/CI_MERGE_REQUEST_DIFF_BASE_SHA is "HEAD@{now}"/);
  });

  it('is everything where history was rewritten', async () => {
    await git(origin, 'checkout', '--quiet', '--orphan', 'other');
    await commit();
    await git(origin, 'branch', '--quiet', '--force', 'main', 'other');
    const rewritten = await pipeline('--single-branch');
    await git(origin, 'reflog', 'expire', '--expire=now', '--all');
    await git(origin, 'gc', '--quiet', '--prune=now');
    expect(await affectedBase(rewritten)).toBe(EMPTY_TREE);
    expect(lines.at(-2)).toMatch(/is not on the default branch/);
  });
});
