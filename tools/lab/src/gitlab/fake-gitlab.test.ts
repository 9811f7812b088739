import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeGitlab, startFakeGitlab } from './fake-gitlab.ts';

describe('the fake GitLab', () => {
  let dir: string;
  let gitlab: FakeGitlab;
  const git = async (...args: string[]): Promise<string> =>
    (
      await runGit(exec, join(dir, 'work'), args, {
        settings: { 'user.name': 'test', 'user.email': 'test@example.org' },
      })
    ).stdout;
  const commit = async (branch: string, text: string): Promise<void> => {
    await git('checkout', '--quiet', '-B', branch, 'main');
    writeFileSync(join(dir, 'work', 'file'), text);
    await git('add', 'file');
    await git('commit', '--quiet', '--message', branch);
    await git('push', '--quiet', 'origin', branch);
  };
  const ask = async (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const url = `${gitlab.url}//projects/${encodeURIComponent(gitlab.project)}/${path}`;
    const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: response.status, body: await response.json() };
  };
  const open = (branch: string) =>
    ask('POST', 'merge_requests', { source_branch: branch, target_branch: 'main', title: branch, labels: 'a,b' });

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'gitlab-'));
    await runGit(exec, dir, ['init', '--quiet', '--bare', '--initial-branch=main', 'origin.git']);
    await runGit(exec, dir, ['clone', '--quiet', 'origin.git', 'work']);
    await git('commit', '--quiet', '--allow-empty', '--message', 'first');
    await git('push', '--quiet', 'origin', 'HEAD:main');
    gitlab = await startFakeGitlab({ repository: join(dir, 'origin.git') });
  });
  afterEach(async () => {
    await gitlab.stop();
    rmSync(dir, { recursive: true });
  });

  it('merges only what passed its pipeline', async () => {
    await commit('one', 'one\n');
    expect(await open('one')).toMatchObject({ status: 201, body: { iid: 1, state: 'opened', labels: ['a', 'b'] } });
    expect((await ask('PUT', 'merge_requests/1/merge', {})).status).toBe(405);
    const sha = (await gitlab.mergeRequests())[0]?.sha ?? '';
    await ask('POST', `statuses/${sha}`, { context: 'renovate/artifacts', state: 'failed' });
    gitlab.endPipeline(sha, 'success');
    expect((await ask('PUT', 'merge_requests/1/merge', {})).status).toBe(405);
    await ask('POST', `statuses/${sha}`, { context: 'renovate/artifacts', state: 'success' });
    expect(await ask('PUT', 'merge_requests/1/merge', {})).toMatchObject({ status: 200, body: { state: 'merged' } });
    await git('fetch', '--quiet', '--prune', 'origin');
    expect(await git('show', 'origin/main:file')).toBe('one');
    expect(await git('branch', '--remotes', '--list', 'origin/one')).toBe('');
  });

  it('refuses what conflicts', async () => {
    await commit('one', 'one\n');
    await commit('two', 'two\n');
    for (const branch of ['one', 'two']) await open(branch);
    for (const { sha } of await gitlab.mergeRequests()) gitlab.endPipeline(sha ?? '', 'success');
    expect((await ask('PUT', 'merge_requests/1/merge', {})).status).toBe(200);
    expect((await ask('PUT', 'merge_requests/2/merge', {})).status).toBe(406);
  });

  it('tells what it has no answer for', async () => {
    expect((await ask('GET', 'snippets')).status).toBe(404);
    expect(gitlab.unanswered()).toEqual(['GET /api/v4//projects/group%2Fproject/snippets']);
  });
});
