import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exec } from './exec.ts';
import { git } from './git.ts';
import { hostileSettings } from './testing/hostile-settings.ts';
import { UserError } from './user-error.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dockyard-git-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const identity = { 'user.name': 'a', 'user.email': 'a@example.org' };

/** Makes a repository and asks it what we ask repositories. */
async function story(root: string): Promise<Record<string, unknown>> {
  const run = async (...args: string[]): Promise<string> =>
    (await git(exec, root, args, { settings: identity, env: DATES })).stdout;
  mkdirSync(join(root, 'images/ä'), { recursive: true });
  writeFileSync(join(root, 'images/ä/file'), 'one\r\nand\n');
  await run('init', '--quiet');
  await run('add', '.');
  await run('commit', '--quiet', '--message', 'ä');
  const first = await run('rev-parse', 'HEAD');
  writeFileSync(join(root, 'images/ä/file'), 'two\n');
  await run('commit', '--quiet', '--all', '--message', 'second');
  await run('clone', '--quiet', '.', 'clone');
  // What a remote runs is its own affair.
  await run('config', 'core.hooksPath', '/dev/null');
  await run('-C', 'clone', 'push', '--quiet', 'origin', 'HEAD:refs/heads/pushed');
  await run('fetch', '--quiet', 'clone', 'HEAD');
  return {
    branch: await run('symbolic-ref', 'HEAD'),
    commits: await run('rev-list', 'HEAD'),
    message: await run('cat-file', 'commit', 'HEAD'),
    bytes: await run('cat-file', 'blob', `${first}:images/ä/file`),
    differ: await run('diff-tree', '-r', '--name-only', first, 'HEAD'),
    shown: await run('show', '--no-patch', '--format=%T %P', 'HEAD'),
    refs: await run('for-each-ref', '--format=%(refname)'),
    listed: await run('ls-files', '-z', '--cached', '--others', '--exclude-standard'),
    hooks: existsSync(join(root, '.git/hooks')),
  };
}
const DATES = { GIT_AUTHOR_DATE: '1700000000 +0000', GIT_COMMITTER_DATE: '1700000000 +0000' };

describe('git', () => {
  it("says the same whatever a person's settings are, and runs nothing of theirs", async () => {
    const [plain, hostile] = [join(dir, 'plain'), join(dir, 'hostile')];
    mkdirSync(plain);
    vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
    const expected = await story(plain);
    expect(expected).toMatchObject({ branch: 'refs/heads/main', bytes: 'one\r\nand', hooks: false });
    mkdirSync(hostile);
    const settings = hostileSettings(dir);
    vi.stubEnv('GIT_CONFIG_GLOBAL', settings.file);
    expect(await story(hostile)).toEqual(expected);
    expect(settings.traces()).toEqual([]);
  });

  it('is hostile there: the settings of the test do what they are meant to', async () => {
    const settings = hostileSettings(dir);
    vi.stubEnv('GIT_CONFIG_GLOBAL', settings.file);
    await exec({ command: 'git', args: ['init', '--quiet', dir] });
    writeFileSync(join(dir, 'ä'), '');
    const shown = await exec({ command: 'git', args: ['ls-files', '--others'], cwd: dir });
    expect(shown.stdout).toContain('"\\303\\244"');
    expect(settings.traces()).toContain('fsmonitor');
    expect(readFileSync(join(dir, '.git/HEAD'), 'utf8')).toBe('ref: refs/heads/theirs\n');
  });

  it('fails where an exit code is no answer, in the words of git, without credentials', async () => {
    await git(exec, dir, ['init', '--quiet']);
    const verify = ['rev-parse', '--verify', '--quiet', 'nothing'];
    expect((await git(exec, dir, verify, { answers: [0, 1] })).exitCode).toBe(1);
    await expect(git(exec, dir, verify)).rejects.toThrow(UserError);
    await expect(git(exec, dir, ['fetch', 'http://me:secret@127.0.0.1:1/x'])).rejects.toThrow(
      /^git fetch fails in [^]*'http:\/\/127\.0\.0\.1:1\/x/,
    );
  });
});
