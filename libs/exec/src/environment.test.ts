import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { environmentOf } from './environment.ts';
import { exec } from './exec.ts';

/** Those of some variables that a program gets. */
function passed(program: string, ...names: string[]): string[] {
  const given = environmentOf(program, {}, Object.fromEntries(names.map((name) => [name, 'given'])));
  return names.filter((name) => given[name] === 'given');
}

describe('what a program gets of our environment', () => {
  it('is what it needs to run and where a person keeps configuration', () => {
    const common = ['PATH', 'HOME', 'LD_PRELOAD', 'TMPDIR', 'XDG_RUNTIME_DIR', 'https_proxy', 'SSL_CERT_FILE', 'NX_A'];
    for (const program of ['git', '/usr/bin/podman', 'docker', 'npm', 'apt-get', 'tar', 'sh'])
      expect(passed(program, ...common), program).toEqual(common);
    for (const [program, names] of Object.entries({
      git: [
        ...['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_COUNT', 'GIT_CONFIG_KEY_0', 'GIT_CONFIG_VALUE_0', 'GIT_SSH_COMMAND'],
        ...[
          'GIT_ASKPASS',
          'GIT_PASSWORD',
          'GIT_SSL_CAINFO',
          'GIT_AUTHOR_NAME',
          'GIT_COMMITTER_EMAIL',
          'GIT_ALLOW_PROTOCOL',
        ],
      ],
      podman: ['CONTAINERS_CONF', 'CONTAINERS_CONF_OVERRIDE', 'CONTAINERS_STORAGE_CONF', 'STORAGE_DRIVER'],
      docker: [
        'DOCKER_HOST',
        'DOCKER_CONTEXT',
        'DOCKER_CONFIG',
        'DOCKER_CERT_PATH',
        'DOCKER_TLS_VERIFY',
        'DOCKER_example_org_USR',
        'BUILDX_CONFIG',
      ],
      npm: [
        ...[
          'npm_config_registry',
          'NPM_CONFIG_REGISTRY',
          'npm_config_@a:registry',
          'npm_config_//a.example/:_authToken',
        ],
        ...[
          'npm_config_https_proxy',
          'npm_config_cafile',
          'npm_config_userconfig',
          'NPM_TOKEN',
          'npm_config_strict-ssl',
        ],
      ],
      'apt-get': ['APT_CONFIG', 'DEBIAN_FRONTEND'],
    }))
      expect(passed(program, ...names), program).toEqual(names);
  });

  it('is nothing that steers it past its arguments', () => {
    for (const [program, names] of Object.entries({
      git: [
        ...['GIT_LITERAL_PATHSPECS', 'GIT_ICASE_PATHSPECS', 'GIT_EXTERNAL_DIFF', 'GIT_DIFF_OPTS', 'GIT_TEMPLATE_DIR'],
        ...['GIT_DEFAULT_HASH', 'GIT_CEILING_DIRECTORIES', 'GIT_AUTHOR_DATE', 'GIT_COMMITTER_DATE', 'GIT_PAGER'],
      ],
      podman: [
        ...['BUILDAH_ISOLATION', 'BUILDAH_LAYERS', 'BUILDAH_FORMAT', 'BUILDAH_RUNTIME', 'CONTAINER_HOST'],
        ...['CONTAINER_CONNECTION', 'CONTAINERS_SHORT_NAME_ALIASING', 'PODMAN_USERNS', 'SOURCE_DATE_EPOCH'],
      ],
      docker: [
        ...[
          'BUILDX_BUILDER',
          'BUILDX_NO_DEFAULT_ATTESTATIONS',
          'BUILDKIT_HOST',
          'BUILDKIT_PROGRESS',
          'SOURCE_DATE_EPOCH',
        ],
        ...[
          'DOCKER_DEFAULT_PLATFORM',
          'DOCKER_BUILDKIT',
          'DOCKER_CONTENT_TRUST',
          'EXPERIMENTAL_BUILDKIT_SOURCE_POLICY',
        ],
      ],
      npm: ['npm_config_json', 'npm_config_global', 'npm_config_force', 'npm_config_workspace'],
      tar: ['TAR_OPTIONS', 'GZIP', 'XZ_OPT'],
    }))
      expect(passed(program, ...names), program).toEqual([]);
  });

  it('is not the repository of a git that called us, whatever the program', async () => {
    const { stdout } = await exec({ command: 'git', args: ['rev-parse', '--local-env-vars'] });
    const local = stdout.split('\n').filter((name) => name !== 'GIT_CONFIG_COUNT');
    expect(local).toContain('GIT_DIR');
    for (const program of ['git', 'podman', 'docker', 'node', 'nx'])
      expect(passed(program, ...local), program).toEqual([]);
  });

  it('is read in one language', () => {
    expect(environmentOf('git', {}, { LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' })).toEqual({
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
    });
    expect(environmentOf('sh', {}, { LC_ALL: 'de_DE.UTF-8' })).toEqual({ LC_ALL: 'de_DE.UTF-8' });
  });

  it('and what its command sets itself', () => {
    expect(
      environmentOf('git', { GIT_INDEX_FILE: '/i', LC_ALL: undefined }, { GIT_INDEX_FILE: '/other' }),
    ).toMatchObject({
      GIT_INDEX_FILE: '/i',
    });
    expect(environmentOf('sh', { A: undefined, B: '' }, { A: '1', B: '1', C: '1' })).toEqual({ B: '', C: '1' });
  });
});

describe('a command that a git hook starts', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dockyard-hook-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  it("leaves the user's repository alone", async () => {
    const git = (...args: string[]) =>
      exec({ command: 'git', args: ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args] });
    const [mine, other] = [join(dir, 'mine'), join(dir, 'other')];
    await git('init', '--quiet', mine);
    await git('-C', mine, 'commit', '--quiet', '--allow-empty', '--message', 'mine');
    const head = await git('-C', mine, 'rev-parse', 'HEAD');
    const config = readFileSync(join(mine, '.git/config'), 'utf8');
    // What git 2.39 exports to a pre-commit hook in a worktree.
    vi.stubEnv('GIT_DIR', join(mine, '.git'));
    vi.stubEnv('GIT_INDEX_FILE', join(mine, '.git/index'));
    vi.stubEnv('GIT_WORK_TREE', mine);
    vi.stubEnv('GIT_PREFIX', '');
    await git('init', '--quiet', other);
    writeFileSync(join(other, 'file'), '');
    await git('-C', other, 'add', '.');
    await git('-C', other, 'commit', '--quiet', '--message', 'other');
    await git('-C', other, 'config', 'core.bare', 'true');
    vi.unstubAllEnvs();
    expect(await git('-C', mine, 'rev-parse', 'HEAD')).toEqual(head);
    expect(readFileSync(join(mine, '.git/config'), 'utf8')).toBe(config);
  });
});
