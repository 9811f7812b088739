import { CommandError, type Exec, recordedExec } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MIRRORS, findDebianMirrors, poolUrls } from './debian-mirrors.ts';

/** An apt that is configured with repositories, `<uri> <release>`, and has read what these say of themselves. */
const apt = (configured: readonly string[], origins: readonly string[] = []): Exec =>
  recordedExec([
    { match: 'indextargets', result: { stdout: origins.join('\n') } },
    {
      match: '--print-uris update',
      result: {
        stdout: configured
          .map((line) => line.split(' '))
          .map(([uri = '', release = '']) =>
            [`${uri}dists/${release}/InRelease`, `${uri}dists/${release}/main/binary-amd64/Packages.xz`]
              .map((url) => `'${url}' name 0 `)
              .join('\n'),
          )
          .join('\n'),
      },
    },
  ]);
const noApt: Exec = (command) => Promise.reject(new CommandError(command, { notFound: true }));
const A = 'http://mirror.example/debian/';
const S = 'http://mirror.example/debian-security/';
const { main: M, security: MS } = DEFAULT_MIRRORS;

/** As people read it: `main A`, with a `?` where nobody named it. */
const found = async (exec: Exec, options: Parameters<typeof findDebianMirrors>[1] = {}): Promise<string[]> =>
  (await findDebianMirrors(exec, { env: {}, ...options })).map(
    ({ archive, uri, fallback }) => `${archive} ${uri}${fallback ? ' ?' : ''}`,
  );

describe('the mirrors that are named', () => {
  it('are all: the option first, then the environment', async () => {
    const env = { DOCKYARD_DEBIAN_MIRROR: 'https://one.example/debian  https://two.example/x-security/' };
    expect(await found(apt([`${A} trixie`]), { mirrors: ['https://x.example/d', S], env })).toEqual([
      'main https://x.example/d/',
      `security ${S}`,
    ]);
    expect(await found(noApt, { env })).toEqual([
      'main https://one.example/debian/',
      'security https://two.example/x-security/',
    ]);
  });

  it('are looked at for the security archive where none of them has its name', async () => {
    expect(await found(noApt, { mirrors: [A, 'http://x.example/odd'] })).toEqual([
      `main ${A}`,
      'main http://x.example/odd/',
      `security ${S} ?`,
      `security ${A} ?`,
      'security http://x.example/odd/ ?',
    ]);
  });

  it('have to be URLs', async () => {
    await expect(found(noApt, { mirrors: ['/srv/debian'] })).rejects.toThrow('/srv/debian is not a usable');
  });
});

describe('the mirrors of a host', () => {
  it('are those of its apt, then Debian’s own', async () => {
    expect(await found(apt([`${S} trixie-security`, `${A} trixie`, `${A} trixie-updates`]))).toEqual([
      `main ${A}`,
      `main ${M} ?`,
      `security ${S}`,
      `security ${MS} ?`,
    ]);
  });

  it('are Debian’s own where there is no apt, or one of another distribution', async () => {
    const ubuntu = apt(['http://ubuntu.example/ubuntu/ noble', 'cdrom://x/debian/ trixie']);
    for (const exec of [noApt, ubuntu]) expect(await found(exec)).toEqual([`main ${M}`, `security ${MS}`]);
  });

  it('have the security archive though the host’s own suite has none', async () => {
    expect(await found(apt([`${A} sid`]))).toEqual([`main ${A}`, `main ${M} ?`, `security ${S} ?`, `security ${MS}`]);
    const snapshot = 'http://snapshot.example/archive/debian/20250101T000000Z/';
    expect(await found(apt([`${snapshot} sid`], [`${snapshot}|Debian`]))).toContain(
      'security http://snapshot.example/archive/debian-security/20250101T000000Z/ ?',
    );
  });

  it('are told by what they say of themselves, and before the first update by their customary path', async () => {
    const odd = 'https://corp.example/repository/apt-main/';
    const vendor = 'https://vendor.example/linux/debian/';
    const exec = apt(
      [`${vendor} trixie`, `${odd} trixie`, `${A} trixie`, 'http://new.example/other/ trixie'],
      [`${vendor}|Vendor`, `${odd}|Debian`],
    );
    expect(await found(exec)).toEqual([`main ${odd}`, `main ${A}`, `main ${M} ?`, `security ${S} ?`, `security ${MS}`]);
  });

  it('are asked for the archive that apt asks them for, whatever their name', async () => {
    const both = 'https://corp.example/debian/';
    expect(await found(apt([`${both} trixie`, `${both} trixie-security`, `${A} buster/updates`]))).toEqual([
      `main ${both}`,
      `main ${M} ?`,
      `security ${both}`,
      `security ${A}`,
      `security ${MS} ?`,
    ]);
  });
});

describe('poolUrls', () => {
  it('asks for a file on the mirrors of its archive', async () => {
    const mirrors = await findDebianMirrors(noApt, { mirrors: [S, A] });
    expect(poolUrls(mirrors, 'pool/updates/main/x.deb')).toEqual([
      { url: `${S}pool/updates/main/x.deb`, fallback: false },
    ]);
    expect(poolUrls(mirrors, 'pool/main/x_1%3a.deb')).toEqual([{ url: `${A}pool/main/x_1%253a.deb`, fallback: false }]);
  });
});
