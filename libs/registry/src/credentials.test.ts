import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialStore } from './credentials.ts';
import { parseRepository } from './reference.ts';

const auth = (text: string) => Buffer.from(text).toString('base64');

describe('credentials', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'dockyard-credentials-'));
  });
  afterAll(() => rm(home, { recursive: true }));

  const write = (content: object): Promise<void> => writeFile(join(home, 'config.json'), JSON.stringify(content));
  const ask = (repository: string, env: NodeJS.ProcessEnv, exec?: Exec) =>
    credentialStore({ HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), ...env }, exec)(parseRepository(repository));

  it('come from DOCKER_AUTH_CONFIG, then from the job', async () => {
    const env = {
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { 'a.example.com': { auth: auth('me:pass:word') } } }),
      CI_REGISTRY: 'B.example.com:443',
      CI_REGISTRY_USER: 'gitlab-ci-token',
      CI_REGISTRY_PASSWORD: 'job',
    };
    expect(await ask('a.example.com/g/p', env)).toEqual({ username: 'me', password: 'pass:word' });
    expect(await ask('b.example.com/g/p', env)).toEqual({ username: 'gitlab-ci-token', password: 'job' });
    expect(await ask('c.example.com/g/p', env)).toBeUndefined();
    expect(await ask('a.example.com:5000/g/p', env)).toBeUndefined();
  });

  it('come from the file of docker login, with identity tokens and the names of Docker Hub', async () => {
    const auths = {
      'https://index.docker.io/v1/': { auth: auth('hub:secret') },
      'https://q.example.com': { identitytoken: 'refresh' },
    };
    await write({ auths });
    for (const name of ['docker.io', 'index.docker.io', 'registry-1.docker.io'])
      expect(await ask(`${name}/g/p`, { DOCKER_CONFIG: home })).toEqual({ username: 'hub', password: 'secret' });
    expect(await ask('q.example.com/p', { DOCKER_CONFIG: home })).toEqual({ username: '<token>', password: 'refresh' });
    expect(await ask('evildocker.io/p', { DOCKER_CONFIG: home })).toBeUndefined();
  });

  it('come from where podman login keeps them, in a session and elsewhere', async () => {
    const config = join(home, 'etc', 'containers');
    const session = join(home, 'run', 'containers');
    for (const [folder, user] of [
      [config, 'config'],
      [session, 'session'],
    ] as const) {
      await mkdir(folder, { recursive: true });
      await writeFile(
        join(folder, 'auth.json'),
        JSON.stringify({ auths: { 'a.example.com': { auth: auth(`${user}:x`) } } }),
      );
    }
    expect(await ask('a.example.com/p', { XDG_CONFIG_HOME: join(home, 'etc') })).toMatchObject({ username: 'session' });
    await rm(session, { recursive: true });
    expect(await ask('a.example.com/p', { XDG_CONFIG_HOME: join(home, 'etc') })).toMatchObject({ username: 'config' });
  });

  it('come from a helper, by its stdin', async () => {
    await write({ credHelpers: { 'h.example.com': 'vault' }, auths: { 'h.example.com': { auth: auth('not:this') } } });
    const commands: unknown[] = [];
    const helper: Exec = (command) => {
      commands.push(command);
      return Promise.resolve({ stdout: '{"ServerURL":"h","Username":"u","Secret":"s"}', stderr: '', exitCode: 0 });
    };
    expect(await ask('h.example.com/p', { DOCKER_CONFIG: home }, helper)).toEqual({ username: 'u', password: 's' });
    expect(commands).toEqual([{ command: 'docker-credential-vault', args: ['get'], input: 'h.example.com' }]);
  });

  it('are asked of the helper of all registries where the entry is empty', async () => {
    await write({ auths: { 'h.example.com': {} }, credsStore: 'desktop' });
    const helper: Exec = ({ input }) =>
      Promise.resolve(
        input === 'https://h.example.com'
          ? { stdout: '{"Username":"<token>","Secret":"t"}', stderr: '', exitCode: 0 }
          : { stdout: 'credentials not found in native keychain', stderr: '', exitCode: 1 },
      );
    expect(await ask('h.example.com/p', { DOCKER_CONFIG: home }, helper)).toEqual({
      username: '<token>',
      password: 't',
    });
    expect(await ask('i.example.com/p', { DOCKER_CONFIG: home }, helper)).toBeUndefined();
  });

  it.each([
    ['prints no JSON', { stdout: 'S3CRET', stderr: '', exitCode: 0 }],
    ['prints other JSON', { stdout: '{"Secret":"S3CRET"}', stderr: '', exitCode: 0 }],
    ['fails', { stdout: 'S3CRET', stderr: 'S3CRET', exitCode: 1 }],
  ])('of a helper that %s are an error that shows nothing of it', async (_, result) => {
    await write({ credsStore: 'vault' });
    const error = await ask('h.example.com/p', { DOCKER_CONFIG: home }, () => Promise.resolve(result)).catch(
      (caught: unknown) => caught,
    );
    expect(String(error)).toBe('UserError: docker-credential-vault gives no credentials for h.example.com.');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('S3CRET');
  });

  it('of a helper that is not there, or is none, are an error', async () => {
    await write({ credsStore: 'is-not-there' });
    await expect(ask('h.example.com/p', { DOCKER_CONFIG: home })).rejects.toThrow(
      'docker-credential-is-not-there gives no credentials for h.example.com.',
    );
    await write({ credsStore: '../../bin/sh' });
    await expect(ask('h.example.com/p', { DOCKER_CONFIG: home })).rejects.toThrow(/is no name of a credential helper/);
  });

  it('that are malformed are an error that shows none of them', async () => {
    const error = await ask('a.example.com/p', { DOCKER_AUTH_CONFIG: '{"auths": {"a": {"auth": "c2VjcmV0"' }).catch(
      (caught: unknown) => caught,
    );
    expect(String(error)).toMatch(/DOCKER_AUTH_CONFIG is no file of credentials/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/c2VjcmV0/);
  });

  it('of a file that was named and is not there, or can not be read, are an error', async () => {
    const env = { REGISTRY_AUTH_FILE: join(home, 'none.json') };
    await expect(ask('a.example.com/p', env)).rejects.toThrow(/none\.json isn't there, which REGISTRY_AUTH_FILE names/);
    await expect(ask('a.example.com/p', { REGISTRY_AUTH_FILE: home })).rejects.toThrow(/can't be read \(EISDIR\)/);
  });
});
