import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exec, exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mirrorsOfApt } from './apt-mirrors.ts';
import { fetchSources } from './fetch-sources.ts';
import { debianArchitecture, lockPackages } from './lock-packages.ts';
import { lockSources } from './locked-packages.ts';
import { writeRootfs } from './rootfs.ts';

const SUITE = 'trixie';
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'debian-test-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const lock = (architecture: string, install: string[], more = {}) =>
  lockPackages({ suite: SUITE, architecture, install, installed: [], bootstrap: false, ...more });

describe('lockPackages', () => {
  it.each(['amd64', 'arm64'])('resolves a base from nothing for %s, and a child on top of it', async (suffix) => {
    const architecture = debianArchitecture(suffix);
    const base = await lock(architecture, ['apt'], { bootstrap: true });
    const names = base.packages.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['apt', 'base-files', 'bash', 'dpkg', 'libc6']));
    expect(new Set(base.packages.map((one) => one.architecture))).toEqual(new Set([architecture, 'all']));
    const child = await lock(architecture, ['libssl-dev', 'bash'], { installed: base.packages });
    const added = child.packages.map(({ name }) => name);
    expect(added).toContain('libssl-dev');
    expect(added.filter((name) => names.includes(name))).toEqual([]);
  });

  it('stands on a parent that was locked before the mirror moved on', async () => {
    const base = await lock('amd64', ['apt'], { bootstrap: true });
    const installed = base.packages.map((one) => (one.name === 'libc6' ? { ...one, version: '2.41-1' } : one));
    const gone = { ...base.packages[0], name: 'gone-from-debian', version: '1', architecture: 'all' };
    const child = await lock('amd64', ['libc6-dev'], { installed: [...installed, gone] });
    expect(child.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['libc6', 'libc6-dev']));
  });

  it('takes packages alone, without what they depend on', async () => {
    const { packages } = await lock('arm64', ['tzdata', 'libstdc++6'], { alone: true });
    expect(packages.map(({ name, architecture }) => [name, architecture])).toEqual([
      ['libstdc++6', 'arm64'],
      ['tzdata', 'all'],
    ]);
    await expect(lock('amd64', ['tzdata', 'no-such-package'], { alone: true })).rejects.toThrow(
      /has no package no-such-package/,
    );
  });

  it('is for the definition’s suite on a host of another one, whose apt has never read a list', async () => {
    const main = (await mirrorsOfApt(exec)).find(({ archive }) => archive === 'main')?.uri ?? '';
    const host = join(dir, 'host');
    await mkdir(join(host, 'lists/partial'), { recursive: true });
    await writeFile(join(host, 'sources.list'), `deb ${main} sid main\n`);
    const settings = {
      lists: 'Dir::State::lists',
      'sources.list': 'Dir::Etc::sourcelist',
      none: 'Dir::Etc::sourceparts',
    };
    const lines = Object.entries(settings).map(([name, key]) => `${key} "${join(host, name)}";\n`);
    await writeFile(join(host, 'apt.conf'), lines.join(''));
    const onHost: Exec = (command, options) =>
      exec({ ...command, env: { APT_CONFIG: join(host, 'apt.conf'), ...command.env } }, options);
    const request = { suite: SUITE, architecture: 'amd64', install: ['base-files'], installed: [], bootstrap: false };
    const { packages } = await lockPackages({ ...request, alone: true }, { exec: onHost, env: {} });
    // Debian 13, and no other.
    expect(packages.map(({ version }) => version)).toEqual([expect.stringMatching(/^13\./) as string]);
  });

  it('tells an unknown package', async () => {
    await expect(lock('amd64', ['no-such-package'])).rejects.toThrow(/Unable to locate package no-such-package/);
  });

  it('tells an unknown suite', async () => {
    await expect(lock('amd64', ['apt'], { suite: 'nonesuch' })).rejects.toThrow(/package lists of Debian nonesuch/);
  });

  it('refuses to remove what a parent holds', async () => {
    const { packages } = await lock('amd64', ['exim4-daemon-light']);
    await expect(lock('amd64', ['postfix'], { installed: packages })).rejects.toThrow(/would remove .*exim4/);
  });
});

describe('a file system', () => {
  it('is what dpkg-deb and tar make of the same packages', async () => {
    const { packages } = await lock('amd64', ['perl-base', 'base-files', 'passwd', 'login.defs']);
    const files = await fetchSources(lockSources({ suite: SUITE, architecture: 'amd64', packages }), {
      store: join(dir, 'store'),
    });
    const output = join(dir, 'rootfs.tar');
    await writeRootfs([...files.values()], output);
    const script = `
      mkdir ours theirs; tar xpf rootfs.tar --numeric-owner -C ours; cd theirs
      for l in bin sbin lib lib64; do mkdir -p usr/$l; ln -s usr/$l $l; done
      for deb in "$@"; do dpkg-deb --fsys-tarfile "$deb" | tar xp --numeric-owner --keep-directory-symlink; done
      mkdir -p var/lib/dpkg; touch var/lib/dpkg/status var/lib/dpkg/available
      touch -r ../ours/etc/hostname etc/hostname; cd ..
      for d in ours theirs; do (cd $d; find . ! -type d ! -path '*/dpkg/*' -printf '%p %y %m %U:%G %s %l %n %T@\\n'; find . -type d -printf '%p %m %U:%G\\n') | sort > $d.list; done
      diff theirs.list ours.list && diff -r --no-dereference theirs ours`;
    const first = [...files].sort(([one]) => (one.startsWith('base-files_') ? -1 : 1)).map(([, path]) => path);
    const result = await exec({ command: 'sh', args: ['-ec', script, 'sh', ...first], cwd: dir }, { reject: false });
    expect(result).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });
});
