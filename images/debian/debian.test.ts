import { container, imageUnderTest, type StartedContainer } from '@dockyard/image-test';
import { beforeAll, expect, it } from 'vitest';

/** Compressed bytes that the image may have, where a budget is set. */
const BUDGET: Record<string, number> = { 'linux/amd64': 30_000_000 };

let debian: StartedContainer;

beforeAll(async () => {
  debian = await container({ command: ['sleep', 'infinity'] });
});

async function sh(script: string, input?: string): Promise<string> {
  return (await debian.exec(['sh', '-euc', script], input === undefined ? {} : { input })).stdout.trim();
}

async function find(...args: string[]): Promise<string[]> {
  const { stdout } = await debian.exec(['find', ...args]);
  return stdout.split('\n').filter((line) => line !== '');
}

// First, as apt leaves caches.
it('holds no documents but licences, no caches and no logs', async () => {
  const kept = ['-name', 'copyright'];
  expect(await find('/usr/share/doc', '!', '-type', 'd', '!', ...kept, '!', '-xtype', 'd')).toEqual([]);
  expect(await find('/usr/share/man', '/usr/share/info', '/usr/share/locale', '!', '-type', 'd')).toEqual([]);
  expect(await find('/var/cache', '/var/log', '/var/lib/apt/lists', '/tmp', '!', '-type', 'd')).toEqual([]);
  const unlicensed = `for name in $(dpkg-query --show --showformat '\${Package}\\n'); do
    test -s "/usr/share/doc/$name/copyright" || echo "$name"; done`;
  expect(await sh(unlicensed)).toBe('');
});

it('is Debian 13 of its platform', async () => {
  expect(await sh('. /etc/os-release; echo "$ID $VERSION_ID"')).toBe('debian 13');
  expect(`linux/${await sh('dpkg --print-architecture')}`).toBe(imageUnderTest().platform);
});

it('keeps to its size', () => {
  const { platform, record } = imageUnderTest();
  expect(record.size).toBeLessThanOrEqual(BUDGET[platform] ?? Number.POSITIVE_INFINITY);
});

it('is whole', async () => {
  expect(await sh('dpkg --audit')).toBe('');
  await sh('apt-get check');
  expect(await find('/', '-xdev', '-xtype', 'l')).toEqual([]);
});

it('gives no more rights than Debian does', async () => {
  expect((await find('/', '-xdev', '-type', 'f', '-perm', '/6000')).sort()).toEqual([
    '/usr/bin/chage',
    '/usr/bin/chfn',
    '/usr/bin/chsh',
    '/usr/bin/expiry',
    '/usr/bin/gpasswd',
    '/usr/bin/passwd',
    '/usr/bin/su',
    '/usr/sbin/unix_chkpwd',
  ]);
  expect(await find('/', '-xdev', '!', '-type', 'l', '-perm', '-0002', '!', '-perm', '-1000')).toEqual([]);
  expect(await find('/', '-xdev', '(', '-nouser', '-o', '-nogroup', ')')).toEqual([]);
  expect(await sh(`awk -F: '$2 !~ /^[*!]/' /etc/shadow`)).toBe('');
});

it('knows where Debian publishes its packages and its security fixes', async () => {
  const uris = await sh('apt-get update --print-uris');
  for (const suite of ['trixie', 'trixie-updates', 'trixie-security'])
    expect(uris).toContain(`/dists/${suite}/InRelease`);
  expect(
    await sh(`sed -n 's/^Signed-By: //p' /etc/apt/sources.list.d/debian.sources | xargs -n 1 test -s && echo`),
  ).toBe('');
});

it('installs a package without its documents, and removes it', async () => {
  await sh(`mkdir -p /tmp/boat/DEBIAN /tmp/boat/usr/bin /tmp/boat/usr/share/doc/boat /tmp/boat/usr/share/man/man1
    cd /tmp/boat
    printf '#!/bin/sh\\necho ahoy\\n' > usr/bin/boat
    chmod +x usr/bin/boat
    echo free > usr/share/doc/boat/copyright
    echo long > usr/share/doc/boat/README
    echo manual > usr/share/man/man1/boat.1
    printf 'Package: boat\\nVersion: 1\\nArchitecture: all\\nMaintainer: Test <test@example.org>\\nDepends: libc6\\nDescription: a boat\\n' > DEBIAN/control
    dpkg-deb --build . /tmp/boat.deb
    apt-get install --yes /tmp/boat.deb`);
  expect(await sh('boat; ls /usr/share/doc/boat; ls /usr/share/man')).toBe('ahoy\ncopyright');
  await sh('apt-get purge --yes boat');
  expect(await sh('dpkg --audit; ls /usr/bin/boat /usr/share/doc/boat 2>/dev/null || true')).toBe('');
});
