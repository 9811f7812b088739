import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialStore } from './credentials.ts';

const auth = (text: string) => Buffer.from(text).toString('base64');

describe('credentials', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'dockyard-credentials-'));
  });
  afterAll(() => rm(home, { recursive: true }));

  it('come from DOCKER_AUTH_CONFIG, then from the job', async () => {
    const env = {
      HOME: home,
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { 'a.example.com': { auth: auth('me:pass:word') } } }),
      CI_REGISTRY: 'b.example.com',
      CI_REGISTRY_USER: 'gitlab-ci-token',
      CI_REGISTRY_PASSWORD: 'job',
    };
    const store = credentialStore(env);
    expect(await store('a.example.com')).toEqual({ username: 'me', password: 'pass:word' });
    expect(await store('b.example.com')).toEqual({ username: 'gitlab-ci-token', password: 'job' });
    expect(await store('c.example.com')).toBeUndefined();
    expect(await store('a.example.com:5000')).toBeUndefined();
  });

  it('come from the file of docker login, with identity tokens and the names of Docker Hub', async () => {
    const auths = {
      'https://index.docker.io/v1/': { auth: auth('hub:secret') },
      'https://q.example.com': { identitytoken: 'refresh' },
    };
    await writeFile(join(home, 'config.json'), JSON.stringify({ auths }));
    const store = credentialStore({ HOME: home, DOCKER_CONFIG: home });
    expect(await store('docker.io')).toEqual({ username: 'hub', password: 'secret' });
    expect(await store('q.example.com')).toEqual({ username: '<token>', password: 'refresh' });
  });

  it('come from a helper, by its stdin', async () => {
    await writeFile(join(home, 'config.json'), JSON.stringify({ credHelpers: { 'h.example.com': 'vault' } }));
    const commands: unknown[] = [];
    const store = credentialStore({ HOME: home, DOCKER_CONFIG: home }, (command) => {
      commands.push(command);
      return Promise.resolve({ stdout: '{"ServerURL":"h","Username":"u","Secret":"s"}', stderr: '', exitCode: 0 });
    });
    expect(await store('h.example.com')).toEqual({ username: 'u', password: 's' });
    expect(commands).toEqual([{ command: 'docker-credential-vault', args: ['get'], input: 'h.example.com' }]);
  });

  it('that are malformed are an error that shows none of them', async () => {
    const store = credentialStore({ HOME: home, DOCKER_AUTH_CONFIG: '{"auths": {"a": {"auth": "c2VjcmV0"' });
    const error = await store('a').catch((caught: unknown) => caught);
    expect(String(error)).toMatch(/DOCKER_AUTH_CONFIG is no configuration/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/c2VjcmV0/);
  });

  it('of a file that was named and is not there are an error', async () => {
    const store = credentialStore({ HOME: home, REGISTRY_AUTH_FILE: join(home, 'none.json') });
    await expect(store('a.example.com')).rejects.toThrow(/none\.json can't be read/);
  });
});
