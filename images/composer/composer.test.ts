import { container, expectVersion, type StartedContainer, volumeOf } from '@dockyard/image-test';
import { describe, expect, it } from 'vitest';

/** An application and the library that it wants: nothing is fetched from elsewhere. */
const FILES = {
  'library/composer.json': JSON.stringify({
    name: 'acme/greeting',
    version: '1.2.0',
    autoload: { 'psr-4': { 'Acme\\': 'src/' } },
  }),
  'library/src/Greeting.php':
    "<?php namespace Acme; class Greeting { public static function of(): string { return 'hello'; } }\n",
  ...application('path', { type: 'path', url: '../library', options: { symlink: false } }),
  ...application('git', { type: 'vcs', url: '/tmp/acme/library' }),
  ...application('zip', { type: 'artifact', url: '../artifacts' }),
  'broken/composer.json': '{ "require": { "acme/greeting" } }',
};

function application(folder: string, repository: object): Record<string, string> {
  const json = {
    name: 'acme/app',
    repositories: [repository, { 'packagist.org': false }],
    require: { 'acme/greeting': '^1.0' },
  };
  return { [`${folder}/composer.json`]: JSON.stringify(json) };
}

/** Starts a container with the files in /tmp/acme, where whoever it runs as may write. */
async function workshop(options: { user?: string; readOnly?: boolean } = {}): Promise<StartedContainer> {
  const volumes = [{ name: await volumeOf(FILES), target: '/files', readOnly: true }];
  const where = await container({
    command: ['sleep', 'infinity'],
    volumes,
    ...options,
    ...(options.readOnly === true && { tmpfs: ['/tmp'] }),
  });
  await shell(where, 'cp -r /files /tmp/acme');
  return where;
}

const shell = async (where: StartedContainer, script: string): Promise<string> =>
  (await where.exec(['sh', '-euc', script])).stdout.trim();

async function installed(where: StartedContainer, folder: string): Promise<string> {
  await shell(where, `composer install --working-dir /tmp/acme/${folder} --no-interaction --no-progress`);
  return shell(where, `php -r "require '/tmp/acme/${folder}/vendor/autoload.php'; echo Acme\\\\Greeting::of();"`);
}

async function printed(...command: string[]): Promise<string> {
  const one = await container({ command });
  expect(await one.waitForExit()).toBe(0);
  return one.logs();
}

describe('a command', () => {
  it.each([
    ['an option', ['--version'], /^Composer version /m],
    ['a command of Composer', ['show', '--help'], /Shows information about packages/],
    ['Composer itself', ['composer', '--version'], /^Composer version /m],
    ['another program', ['php', '-r', 'echo PHP_VERSION_ID;'], /^804\d\d$/m],
    ['a shell', ['sh', '-c', 'echo from sh'], /^from sh$/m],
  ])('may be %s', async (_, command, expected) => {
    expect(await printed(...command)).toMatch(expected);
  });

  it('is Composer of the version that the tag says', async () => {
    await expectVersion(/^Composer version (?<version>\S+) /m, { command: ['--version', '--no-ansi'] });
  });
});

describe('packages are installed', () => {
  it('from a folder, as a file says that is locked then', async () => {
    const where = await workshop();
    expect(await installed(where, 'path')).toBe('hello');
    expect(await shell(where, 'cat /tmp/acme/path/composer.lock')).toContain('"version": "1.2.0"');
    expect(await shell(where, 'composer validate --no-check-publish --working-dir /tmp/acme/path 2>&1')).toContain(
      'valid',
    );
  });

  it('from a git repository', async () => {
    const where = await workshop();
    await shell(
      where,
      'cd /tmp/acme/library; git init --quiet; git add .; git -c user.name=a -c user.email=a@b commit --quiet -m 1; git tag 1.2.0',
    );
    expect(await installed(where, 'git')).toBe('hello');
  });

  it('from an archive, as packagist serves them', async () => {
    const where = await workshop();
    await shell(
      where,
      `mkdir /tmp/acme/artifacts; composer archive --working-dir /tmp/acme/library --format zip --dir /tmp/acme/artifacts`,
    );
    expect(await installed(where, 'zip')).toBe('hello');
  });

  it('by any user, on a root file system that is read-only', async () => {
    expect(await installed(await workshop({ user: '12345:12345', readOnly: true }), 'path')).toBe('hello');
  });
});

it('says where a composer.json is wrong', async () => {
  const where = await workshop();
  const failed = await where.exec(['composer', 'install', '--working-dir', '/tmp/acme/broken'], { reject: false });
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stderr).toMatch(/composer\.json" does not contain valid JSON[\s\S]*line 1/);
});

it('has all that Composer asks for', async () => {
  const where = await workshop();
  const { stdout } = await where.exec(['composer', 'diagnose', '--no-ansi'], { reject: false });
  expect(stdout).toMatch(/Checking platform settings: OK/);
  expect(stdout).toMatch(/Checking git settings: OK/);
  expect(stdout).toMatch(/zip: extension present, unzip present/);
});
