import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type CommandResult, exec } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CLI = dirname(import.meta.dirname);
const PACKAGE = `node-${process.platform}-${process.arch}`;
const [version] = process.versions.node.split('-');

/** A workspace whose only package is a Node, as npm 10 leaves it: without a link in .bin. */
let workspace: string;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'dockyard-start-'));
  const write = async (path: string, content: unknown) => {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const locked = { [`node_modules/${PACKAGE}`]: { version, optional: true, os: process.platform, cpu: process.arch } };
  await write('package.json', { engines: { node: '>=18' }, optionalDependencies: { [PACKAGE]: version } });
  await write('package-lock.json', { packages: locked });
  await write('node_modules/.package-lock.json', { packages: locked });
  await write(`node_modules/${PACKAGE}/package.json`, { bin: { node: 'deep/node' } });
  await mkdir(join(workspace, 'node_modules/.bin'));
  await mkdir(join(workspace, `node_modules/${PACKAGE}/deep`));
  await symlink(process.execPath, join(workspace, `node_modules/${PACKAGE}/deep/node`));
  for (const part of ['bootstrap.mjs', 'start'])
    await cp(join(CLI, part), join(workspace, 'tools/cli', part), { recursive: true });
  await write('tools/cli/package.json', { type: 'module' });
  await write('tools/cli/src/main.ts', 'console.log(JSON.stringify([process.argv.slice(2), process.env.PATH]));');
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

const start = (...args: string[]): Promise<CommandResult> =>
  exec(
    {
      command: process.execPath,
      args: [join(workspace, 'tools/cli/bootstrap.mjs'), ...args],
      // No npm: what there is has to do.
      env: { PATH: '/nonexistent', npm_execpath: undefined },
    },
    { reject: false },
  );

describe('bootstrap', () => {
  it('finds Node in its package, and makes the link that npm 10 makes none of', async () => {
    const { stdout, stderr } = await start('image', 'redis');
    expect(stderr).toBe('');
    const [args, path] = JSON.parse(stdout) as [string[], string];
    expect(args).toEqual(['image', 'redis']);
    expect(
      path
        .split(':')
        .slice(0, 2)
        .map((folder) => basename(folder)),
    ).toEqual(['.bin', 'deep']);
    const bin = join(workspace, 'node_modules/.bin');
    expect(await readlink(join(bin, 'node'))).toBe(`../${PACKAGE}/deep/node`);
    // Whatever runs from there is that Node.
    expect((await exec({ command: join(bin, 'node'), args: ['--version'] })).stdout.trim()).toBe(`v${version ?? ''}`);
    expect((await start()).exitCode).toBe(0);
  });

  it.each([
    [
      'npm passed over the package of this platform',
      'package',
      new RegExp(`${PACKAGE} is not as package-lock.json has it`),
    ],
    ['an installation was cut short', 'cut', /node_modules is missing; running npm ci/],
  ])('installs where %s, and says that there is no npm', async (_what, kind, said) => {
    const record = join(workspace, 'node_modules/.package-lock.json');
    await writeFile(record, kind === 'cut' ? '{"packages":' : '{"packages":{}}');
    const { stderr, exitCode } = await start('doctor');
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/npm is missing/);
    expect(stderr).not.toMatch(/\n +at /);
    expect(exitCode).toBe(127);
    expect(existsSync(record)).toBe(true);
  });
});
