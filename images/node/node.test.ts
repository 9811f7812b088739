import { container, expectVersion, imageUnderTest, type StartedContainer } from '@dockyard/image-test';
import { describe, expect, it } from 'vitest';

const { project } = imageUnderTest();
const [line = ''] = /\d+/.exec(project) ?? [];
const slim = project.endsWith('-slim');

const idle = (user?: string): Promise<StartedContainer> =>
  container({ command: ['sleep', 'infinity'], ...(user === undefined ? {} : { user }) });

const SERVER = `
const server = require('node:http').createServer((request, response) => response.end('ahoy from ' + process.getuid()));
server.listen(8080, () => console.log('ready'));
process.on('SIGTERM', () => server.close(() => { console.log('closed'); process.exit(0); }));
`;

it('is the version that its tag says', async () => {
  await expectVersion(/^v(?<version>\S+)$/m, { command: ['--version'] });
});

describe('docker run', () => {
  it.each([
    ['options are those of node', ['--version'], new RegExp(`^v${line}\\.`)],
    ['a command is run as it is', ['sh', '-c', 'echo $NODE_VERSION'], new RegExp(`^${line}\\.`)],
    ['options of node come with a script', ['--print', '6 * 7'], /^42$/],
  ])('%s', async (_, command, said) => {
    const node = await container({ command });
    await node.waitForLog(new RegExp(said.source, 'm'));
    expect(await node.waitForExit()).toBe(0);
  });

  it('a missing script is said, with an exit code', async () => {
    const node = await container({ command: ['missing.js'] });
    await node.waitForLog(/Cannot find module '\/missing\.js'/);
    expect(await node.waitForExit()).toBe(1);
  });
});

it('serves as a user of no name, with a root file system that is never written, and ends on SIGTERM', async () => {
  const node = await container({
    command: ['--eval', SERVER],
    ports: [8080],
    user: '12345:0',
    readOnly: true,
    tmpfs: ['/tmp'],
  });
  await node.waitForPort(8080);
  expect(await (await node.http('/')).text()).toBe('ahoy from 12345');
  await node.stop();
  expect(await node.logs()).toContain('closed');
  expect((await node.state()).exitCode).toBe(0);
});

it('has the user node of uid 1000, who owns a home', async () => {
  const node = await idle('node');
  const { stdout } = await node.exec(['sh', '-c', 'id -u; id -g; cd && pwd && touch mine']);
  expect(stdout.trim().split('\n')).toEqual(['1000', '1000', '/home/node']);
});

it('speaks TLS and knows time zones and languages', async () => {
  const node = await idle();
  const script = `
    const { rootCertificates } = require('node:tls');
    const date = new Date(0).toLocaleString('de-DE', { timeZone: 'Asia/Tokyo', dateStyle: 'full' });
    console.log(rootCertificates.length > 100, date);`;
  expect((await node.exec(['node', '--eval', script])).stdout.trim()).toBe('true Donnerstag, 1. Januar 1970');
});

it('has the licence of what it ships', async () => {
  const node = await idle();
  for (const name of slim ? ['node'] : ['node', 'npm', 'yarn', 'corepack'])
    await node.exec(['test', '-s', `/usr/share/doc/${name}/copyright`]);
});

function slimTests(): void {
  it('has no package manager', async () => {
    const node = await idle();
    for (const name of ['npm', 'npx', 'yarn', 'corepack'])
      expect((await node.exec(['sh', '-c', `command -v ${name}`], { reject: false })).exitCode).not.toBe(0);
  });
}

function packageTests(): void {
  const BOAT = {
    'package.json': '{ "name": "boat", "version": "1.2.3", "bin": "boat.js", "main": "boat.js" }',
    'boat.js': '#!/usr/bin/env node\nconsole.log("ahoy");\n',
  };

  /** Packs a package where the user may write; returns the folder. */
  async function pack(node: StartedContainer): Promise<string> {
    const { stdout } = await node.exec(['mktemp', '--directory']);
    const folder = stdout.trim();
    await node.exec(['mkdir', `${folder}/boat`, `${folder}/app`]);
    for (const [file, text] of Object.entries(BOAT))
      await node.exec(['sh', '-c', 'cat > "$1"', 'sh', `${folder}/boat/${file}`], { input: text });
    await node.exec(['sh', '-euc', 'cd "$1/boat" && npm pack --silent --pack-destination ..', 'sh', folder]);
    return folder;
  }

  it.each([['root'], ['node']])('installs a package as %s, and runs it', async (user) => {
    const node = await idle(user);
    const folder = await pack(node);
    const script =
      'cd "$1/app" && npm init --yes >/dev/null && npm install --offline --no-audit ../boat-1.2.3.tgz && npx boat';
    const { stdout } = await node.exec(['sh', '-euc', script, 'sh', folder]);
    expect(stdout).toMatch(/^added 1 package/m);
    expect(stdout).toMatch(/^ahoy$/m);
  });

  it('installs a command for everybody, as root', async () => {
    const node = await idle();
    const folder = await pack(node);
    await node.exec(['npm', 'install', '--global', '--offline', '--no-audit', `${folder}/boat-1.2.3.tgz`]);
    expect((await node.exec(['boat'], { user: 'node' })).stdout.trim()).toBe('ahoy');
  });

  it('has yarn and corepack', async () => {
    const node = await idle();
    expect((await node.exec(['yarn', '--version'])).stdout.trim()).toMatch(/^1\.22\./);
    expect((await node.exec(['corepack', '--version'])).stdout.trim()).toMatch(/^0\./);
    const { stdout } = await node.exec(['npm', '--version']);
    expect(stdout.trim()).toMatch(line === '22' ? /^10\./ : /^11\./);
  });
}

if (slim) slimTests();
else packageTests();
