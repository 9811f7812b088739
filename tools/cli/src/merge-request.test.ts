import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Exec, exec, git as runGit } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { proposeChange } from './merge-request.ts';

let dir: string;
let checkout: string;
const git = async (...args: string[]): Promise<string> => (await runGit(exec, checkout, args)).stdout;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'merge-request-'));
  checkout = dir;
  await git('init', '--quiet', '--bare', '--initial-branch=main', 'remote.git');
  // What GitLab would act on.
  const hook =
    '#!/bin/sh\nfor i in $(seq 0 $((GIT_PUSH_OPTION_COUNT - 1))); do eval "printf \'%s\\n\' \\"\\$GIT_PUSH_OPTION_$i\\""; done >> options\n';
  await mkdir(join(dir, 'remote.git/hooks'));
  await writeFile(join(dir, 'remote.git/hooks/post-receive'), hook, { mode: 0o755 });
  await git('-C', 'remote.git', 'config', 'receive.advertisePushOptions', 'true');
  await git('clone', '--quiet', 'remote.git', 'checkout');
  checkout = join(dir, 'checkout');
  await git('config', 'user.name', 'Test');
  await git('config', 'user.email', 'test@example.org');
  await writeFile(join(checkout, 'lock'), 'old\n');
  await writeFile(join(checkout, 'other'), 'old\n');
  await git('add', '.');
  await git('commit', '--quiet', '--message=first');
  await git('push', '--quiet', 'origin', 'HEAD:main');
  await writeFile(join(checkout, 'lock'), 'new\n');
  await writeFile(join(checkout, 'other'), 'not of this change\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const propose = (env: Record<string, string> = {}, run: Exec = exec): Promise<boolean> =>
  proposeChange(
    run,
    {
      workspace: checkout,
      files: ['lock'],
      branch: 'dockyard/packages',
      title: 'chore: refresh',
      body: '### Body\n\n| a |\n',
    },
    env,
  );
const options = (): Promise<string> => readFile(join(dir, 'remote.git/options'), 'utf8');

describe('a merge request', () => {
  it('has the files alone, one commit on HEAD, and what GitLab needs to open it', async () => {
    const before = await git('status', '--porcelain=v2', '--branch');
    expect(await propose({ CI_DEFAULT_BRANCH: 'main' })).toBe(true);
    const branch = 'refs/heads/dockyard/packages';
    const inRemote = (...args: string[]): Promise<string> => git('-C', join(dir, 'remote.git'), ...args);
    expect(await inRemote('diff', '--name-only', 'main', branch)).toBe('lock');
    expect(await inRemote('log', '--format=%B', `main..${branch}`)).toBe('chore: refresh\n\n### Body\n\n| a |\n');
    expect((await options()).trim().split('\n')).toEqual([
      'merge_request.create',
      'merge_request.target=main',
      'merge_request.remove_source_branch',
      'merge_request.title=chore: refresh',
      'merge_request.description=### Body\\n\\n| a |',
    ]);
    expect(await git('status', '--porcelain=v2', '--branch')).toBe(before);
  });

  it('is left alone where it has that already, and replaced where main has moved on', async () => {
    expect(await propose()).toBe(true);
    const pushed = await options();
    expect(await propose()).toBe(false);
    expect(await options()).toBe(pushed);
    await git('commit', '--quiet', '--message=second', 'other');
    expect(await propose()).toBe(true);
    expect(await options()).toBe(pushed + pushed);
  });

  it('has nothing of the settings and hooks of who runs it', async () => {
    await git('-C', join(dir, 'remote.git'), 'config', 'core.hooksPath', 'hooks');
    await mkdir(join(dir, 'theirs'));
    await writeFile(join(dir, 'theirs/pre-push'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const settings = [
      ...['[core]', `hooksPath = ${join(dir, 'theirs')}`, 'autocrlf = true', '[push]', 'pushOption = theirs'],
      ...['gpgSign = true', '[commit]', 'gpgSign = true', '[color]', 'ui = always', '[log]', 'showSignature = true'],
    ];
    await writeFile(join(dir, 'settings'), `${settings.join('\n')}\n`);
    await writeFile(join(checkout, 'lock'), 'with\r\nboth\n');
    vi.stubEnv('GIT_CONFIG_GLOBAL', join(dir, 'settings'));
    try {
      expect(await propose()).toBe(true);
      expect(await propose()).toBe(false);
      expect(await options()).not.toContain('theirs');
      const pushed = await git('-C', join(dir, 'remote.git'), 'cat-file', 'blob', 'refs/heads/dockyard/packages:lock');
      expect(pushed).toBe('with\r\nboth');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('shows its token to nobody', async () => {
    const commands: Command[] = [];
    const recorded: Exec = (command, rest) => {
      commands.push(command);
      return exec(command, rest);
    };
    const error: unknown = await propose(
      { DOCKYARD_PUSH_TOKEN: 'glpat-secret', CI_PROJECT_URL: 'http://127.0.0.1:9/group/absent' },
      recorded,
    ).catch((reason: unknown) => reason);
    expect(String(error)).toContain('absent');
    expect(String(error)).not.toContain('glpat-secret');
    expect(JSON.stringify(commands.map(({ args }) => args))).not.toContain('glpat-secret');
  });

  it('gives git its token when a server asks', async () => {
    const asked: string[] = [];
    const { createServer } = await import('node:http');
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization ?? '');
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      await expect(
        propose({ DOCKYARD_PUSH_TOKEN: 'glpat-secret', CI_PROJECT_URL: `http://127.0.0.1:${String(port)}/a/b` }),
      ).rejects.toThrow();
    } finally {
      server.close();
    }
    expect(asked).toContain(`Basic ${Buffer.from('oauth2:glpat-secret').toString('base64')}`);
  });
});
