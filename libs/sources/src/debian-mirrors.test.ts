import { CommandError, type Exec, recordedExec } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { findDebianMirrors, poolUrls } from './debian-mirrors.ts';

const apt = (...lines: string[]): Exec =>
  recordedExec([{ match: /indextargets/, result: { stdout: lines.join('\n') } }]);
const A = 'http://mirror.example/debian/';
const S = 'http://mirror.example/debian-security/';

describe('findDebianMirrors', () => {
  it('takes what it is given, then the environment, then apt', async () => {
    const exec = apt(`${A}|Debian|Packages`);
    const env = { DOCKYARD_DEBIAN_MIRROR: 'https://one.example/debian  https://two.example/d/' };
    expect(await findDebianMirrors(exec, { mirrors: ['https://x.example/d'], env })).toEqual(['https://x.example/d/']);
    expect(await findDebianMirrors(exec, { env })).toEqual(['https://one.example/debian/', 'https://two.example/d/']);
    expect(await findDebianMirrors(exec, { env: {} })).toEqual([A]);
  });

  it('takes of apt only what serves Debian', async () => {
    const exec = apt(
      `${S}|Debian|Packages`,
      `${A}|Debian|Packages`,
      `${A}|Debian|Translations`,
      'https://vendor.example/|. nodistro|Packages',
      'http://ubuntu.example/ubuntu/|Ubuntu|Packages',
      'cdrom://x/|Debian|Packages',
      // Not updated yet: the origin is not known.
      'http://new.example/debian/||Packages',
      'http://new.example/other/||Packages',
    );
    expect(await findDebianMirrors(exec, { env: {} })).toEqual([S, A, 'http://new.example/debian/']);
  });

  it('says what to set where there is none', async () => {
    const none = (command: Parameters<Exec>[0]) => Promise.reject(new CommandError(command, { notFound: true }));
    for (const exec of [none, apt(''), apt('http://ubuntu.example/ubuntu/|Ubuntu|Packages')])
      await expect(findDebianMirrors(exec, { env: {} })).rejects.toMatchObject({
        hint: expect.stringContaining('DOCKYARD_DEBIAN_MIRROR') as string,
      });
  });

  it('refuses what is no URL', async () => {
    await expect(findDebianMirrors(apt(), { mirrors: ['/srv/debian'] })).rejects.toThrow(
      '/srv/debian/ is not a usable',
    );
  });
});

describe('poolUrls', () => {
  it('asks the security mirror first for its own pool, last for the rest', () => {
    expect(poolUrls([A, S], 'pool/updates/main/x.deb')).toEqual([
      `${S}pool/updates/main/x.deb`,
      `${A}pool/updates/main/x.deb`,
    ]);
    expect(poolUrls([S, A], 'pool/main/x_1%3a.deb')).toEqual([
      `${A}pool/main/x_1%253a.deb`,
      `${S}pool/main/x_1%253a.deb`,
    ]);
  });
});
