import { container, expectVersion, imageOf, imageUnderTest, network, type StartedContainer, volume } from '../index.ts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

it('knows the image under test', async () => {
  const image = imageUnderTest();
  expect(image).toMatchObject({ project: 'busybox', record: { kind: 'image', platform: image.platform } });
  expect((await image.config()).config).toMatchObject({
    User: '1000',
    Labels: { 'org.opencontainers.image.title': 'busybox' },
  });
});

it('compares the version that a program says with that of the image', async () => {
  const says = (version: string): Promise<StartedContainer> =>
    expectVersion(/^boat (?<version>\S+)$/m, { command: ['sh', '-c', `echo boat ${version}`] });
  expect(await (await says('1.0')).waitForExit()).toBe(0);
  await expect(says('1.0.1')).rejects.toThrow('it is version 1.0.1, and the definition that it is 1.0:');
});

it('reaches a server, before and after a restart', async () => {
  const server = await container({ ports: [8080] });
  await server.waitForPort(8080);
  expect(await (await server.http('/page')).text()).toBe('hello from busybox\n');
  expect((await server.http('http://localhost:8080/nothing')).status).toBe(404);
  await server.restart();
  await server.waitForLog(/^started$/m);
  await server.waitForPort(8080);
  expect((await server.http('/page')).status).toBe(200);
  expect((await server.logs()).match(/^started$/gm)).toHaveLength(2);
});

it('runs commands as a user, with environment and input', async () => {
  const server = await container({ env: { GREETING: 'ahoy' } });
  expect((await server.exec(['busybox', 'id', '-u'])).stdout).toBe('1000');
  expect((await server.exec(['busybox', 'id', '-u'], { user: '7' })).stdout).toBe('7');
  expect((await server.exec(['sh', '-c', 'echo $GREETING $NAME'], { env: { NAME: 'x' } })).stdout).toBe('ahoy x');
  expect((await server.exec(['busybox', 'cat'], { input: 'typed' })).stdout).toBe('typed');
  expect((await server.exec(['busybox', 'false'], { reject: false })).exitCode).toBe(1);
  await expect(server.exec(['busybox', 'false'])).rejects.toThrow();
});

it('stops by the stop signal and tells the exit code', async () => {
  const server = await container();
  await server.waitForLog(/complaint/);
  expect(await server.state()).toMatchObject({ running: true });
  await expect(server.waitForExit({ timeoutMs: 100 })).rejects.toThrow(
    /^the container still runs: that was 0\.1 s\. The end of its log:\n[^]*complaint/,
  );
  await server.stop();
  expect(await server.state()).toEqual({ running: false, exitCode: 3 });
  expect(await server.logs()).toContain('bye');
});

it('lets containers on one network reach each other by name, another image among them', async () => {
  const name = await network();
  const server = await container({
    image: imageOf('busybox:1'),
    network: { name, aliases: ['server', 'pages'] },
    ports: [8080],
  });
  await server.waitForPort(8080);
  const client = await container({ network: { name, aliases: ['client'] } });
  // Podman's DNS learns names, and forgets them while a container comes or goes, a moment after they are there.
  const page = (alias: string) =>
    expect.poll(
      async () =>
        (await client.exec(['busybox', 'wget', '-qO-', `http://${alias}:8080/page`], { reject: false })).stdout,
      { timeout: 60_000 },
    );
  for (const alias of ['server', 'pages']) await page(alias).toBe('hello from busybox');
  await server.restart();
  await server.waitForPort(8080);
  await page('server').toBe('hello from busybox');
  const stranger = await container();
  expect((await stranger.exec(['busybox', 'nslookup', 'server'], { reject: false })).exitCode).not.toBe(0);
  expect(() => imageOf('redis:8')).toThrow('The tests of busybox have no image redis:8, but busybox:1');
});

it('kills', async () => {
  const server = await container();
  await server.waitForLog(/started/);
  await server.kill();
  expect(await server.waitForExit()).toBe(137);
});

it('keeps a volume from one container to the next', async () => {
  const data = await volume();
  const volumes = [{ name: data, target: '/data' }];
  const writer = await container({ user: '0', volumes, command: ['sh', '-c', 'echo kept > /data/file; echo done'] });
  await writer.waitForLog(/done/);
  const reader = await container({ volumes, command: ['busybox', 'cat', '/data/file'] });
  await reader.waitForLog(/^kept$/m);
});

it('sees the last words of a container that ended', async () => {
  const short = await container({ command: ['sh', '-c', 'echo "hello from x86"; exit 4'] });
  expect((await short.waitForLog(/^hello from (\S+)$/m))[1]).toBe('x86');
});

it('says why a wait is over, with the log', async () => {
  const short = await container({ command: ['sh', '-c', 'echo last words; exit 4'], ports: [8080] });
  await expect(short.waitForLog(/never/)).rejects.toThrow(
    /nothing in its log matches \/never\/.*exit code 4[^]*last words/,
  );
  await expect(short.waitForPort(8080)).rejects.toThrow(/nothing listens on port 8080.*exit code 4[^]*last words/);
  await expect(short.waitForPort(9)).rejects.toThrow("Port 9 of the container isn't published");
  const deaf = await container({ command: ['busybox', 'sleep', '600'], ports: [8080] });
  await expect(deaf.waitForPort(8080, { timeoutMs: 1500 })).rejects.toThrow(
    'nothing listens on port 8080: that was 1.5 s',
  );
});

describe('a container of all tests', () => {
  let shared: StartedContainer;
  let own: StartedContainer | undefined;
  beforeAll(async () => {
    shared = await container();
  });
  afterEach(() => {
    own = undefined;
  });

  it('is there in the first', async () => {
    own = await container();
    expect((await shared.state()).running).toBe(true);
    expect((await own.state()).running).toBe(true);
  });

  it('and in the second', async () => {
    expect((await shared.state()).running).toBe(true);
  });
});
