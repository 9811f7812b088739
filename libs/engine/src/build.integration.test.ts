import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandError, exec, UserError } from '@dockyard/exec';
import { readImage } from '@dockyard/oci';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ENGINES, testEngine } from './testing/engines.ts';
import { SHELL, Workshop } from './testing/fixture.ts';
import type { BuildContext, BuildRequest, Engine } from './types.ts';

// Long enough to be ended by the test, and found by its unusual argument.
const ENDLESS = 'RUN echo started; busybox sleep 98765';

async function endlessRuns(): Promise<boolean> {
  const { stdout } = await exec({ command: 'ps', args: ['-eo', 'stat=,args='] });
  return stdout.split('\n').some((line) => !line.startsWith('Z') && /^\S+\s+(\S*busybox )?sleep 98765/.test(line));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** What a build of podman's left in its private store, which its log names. */
async function podmanRemains(logFile: string): Promise<string[]> {
  const store = /--root (\S+\/dockyard\/\w+)\/root/.exec(await readFile(logFile, 'utf8'))?.[1];
  if (store === undefined) throw new Error('no private store');
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(store));
  return existsSync(store) ? [store, ...mounts] : mounts;
}

/** How podman keeps layers in a store. */
function driverOf(store: string): string {
  return existsSync(join(store, 'overlay')) ? 'overlay' : 'vfs';
}

describe.each(ENGINES)('%s builds', (name) => {
  let dir: string;
  let engine: Engine;
  let workshop: Workshop;
  let shell: BuildContext;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dockyard-engine-'));
    engine = await testEngine(name);
    workshop = new Workshop(dir, engine);
    shell = await workshop.shell();
  });
  afterAll(async () => {
    await workshop.removeImages();
    await rm(dir, { recursive: true, force: true });
  });

  const build = async (
    dockerfile: string,
    contexts: Record<string, BuildContext> = {},
    files: Record<string, string> = {},
  ) => workshop.build(await workshop.request(dockerfile, { contexts: { [SHELL]: shell, ...contexts }, files }));

  /** Runs a script in an image and returns what it prints. */
  async function run(layout: string, script: string): Promise<string> {
    const image = await engine.load(layout, []);
    const container = await engine.start({ image, command: ['sh', '-c', script] });
    try {
      await until(async () => !(await container.state()).running);
      return await container.logs();
    } finally {
      await container.remove();
      await engine.removeImage(image);
    }
  }

  it('takes a workspace image for FROM, COPY --from and RUN --mount, by whatever name', async () => {
    const artifacts = await build('FROM scratch\nCOPY made /opt/made\n', {}, { made: 'by compile\n' });
    const sources = join(dir, 'sources');
    await mkdir(sources);
    await writeFile(join(sources, 'upstream.txt'), 'upstream\n');
    const { layout } = await build(
      [
        `FROM ${SHELL} AS made`,
        'RUN --mount=type=bind,from=sources,target=/src cat /src/upstream.txt > /a',
        `RUN --mount=type=bind,from=${SHELL},target=/other ls /other/bin > /b`,
        `FROM ${SHELL}`,
        'COPY --from=artifacts /opt/ /opt/',
        `COPY --from=${SHELL} /bin/busybox /bin/sh2`,
        'COPY --from=made /a /b /',
      ].join('\n'),
      { artifacts: artifacts.context, sources: { kind: 'directory', path: sources } },
    );
    expect(await run(layout, 'cat /opt/made /a; grep -x busybox /b; cmp /bin/busybox /bin/sh2 && echo sh2')).toBe(
      'by compile\nupstream\nbusybox\nsh2',
    );
  });

  it('works in a folder of whatever name', async () => {
    const folder = join(dir, `a, "b" 'c': d=e@f #g%20`, 'long'.repeat(50));
    await mkdir(folder, { recursive: true });
    const strange = new Workshop(folder, engine);
    const base = await strange.shell();
    const sources = join(folder, 'sources');
    await mkdir(sources);
    await writeFile(join(sources, 'file'), 'found\n');
    const request = await strange.request(`FROM ${SHELL}\nCOPY --from=sources file /\nRUN cat /file > /read\n`, {
      contexts: { [SHELL]: base, sources: { kind: 'directory', path: sources } },
    });
    expect(await run((await strange.build(request)).layout, 'cat /read')).toBe('found');
    await strange.removeImages();
  });

  it('keeps the layers of its base, by diffID', async () => {
    const request = await workshop.request(`FROM ${SHELL}\nRUN echo x > /x\n`, { contexts: { [SHELL]: shell } });
    const { layout } = await workshop.build(request, shell);
    const base = await readImage((shell as { layout: string }).layout);
    const child = await readImage(layout);
    expect(child.config.rootfs.diff_ids.slice(0, base.config.rootfs.diff_ids.length)).toEqual(
      base.config.rootfs.diff_ids,
    );
    expect(child.config.rootfs.diff_ids.length).toBeGreaterThan(base.config.rootfs.diff_ids.length);
  });

  it('takes a Dockerfile that changes nothing', async () => {
    const { record } = await build(`FROM ${SHELL}\n`);
    const base = await readImage((shell as { layout: string }).layout);
    expect(record.layers.map(({ diffId }) => diffId)).toEqual(base.config.rootfs.diff_ids);
  });

  it('makes the same bytes twice', async () => {
    const dockerfile = `FROM ${SHELL}\nCOPY f /f\nRUN mkdir /d && date > /dev/null && echo x > /d/x && touch /d/y\nHEALTHCHECK CMD ["true"]\nUSER 1000\n`;
    const first = await build(dockerfile, {}, { f: 'f' });
    const second = await build(dockerfile, {}, { f: 'f' });
    expect(second.record.digest).toBe(first.record.digest);
    expect((await readImage(second.layout)).config.config).toMatchObject({
      User: '1000',
      Healthcheck: { Test: ['CMD', 'true'] },
    });
  });

  it('runs every step anew, but keeps cache mounts', async () => {
    const dockerfile = `FROM ${SHELL}\nRUN --mount=type=cache,id=${dir},target=/cache cat /cache/n; echo >> /cache/n; wc -l < /cache/n > /count\n`;
    const first = await build(dockerfile);
    const second = await build(dockerfile);
    expect([await run(first.layout, 'cat /count'), await run(second.layout, 'cat /count')]).toEqual(['1', '2']);
  });

  it('from nothing has empty cache mounts, and leaves those of others as they are', async () => {
    const dockerfile = `FROM ${SHELL}\nRUN --mount=type=cache,id=${dir}/nothing,target=/cache echo >> /cache/n; wc -l < /cache/n > /count\n`;
    const request = await workshop.request(dockerfile, { contexts: { [SHELL]: shell } });
    const layouts = [
      await build(dockerfile),
      await workshop.build({ ...request, fromNothing: true }),
      await build(dockerfile),
    ].map(({ layout }) => layout);
    const counts: string[] = [];
    for (const layout of layouts) counts.push(await run(layout, 'cat /count'));
    expect(counts).toEqual(['1', '1', '2']);
  });

  it('runs steps of which nothing is kept', async () => {
    const { output, ...request } = await workshop.request(`FROM ${SHELL}\nRUN echo checking\n`, {
      contexts: { [SHELL]: shell },
    });
    const lines: string[] = [];
    await engine.build(request, { onLine: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(/checking/);
    expect(await readdir(dirname(output))).toEqual(['build.log', 'context']);
  });

  it('has no network and passes build arguments', async () => {
    const request = await workshop.request(
      `FROM ${SHELL}\nARG VERSION\nRUN echo "$VERSION" > /v; ls /sys/class/net >> /v\n`,
      {
        contexts: { [SHELL]: shell },
        buildArgs: { VERSION: '1 2' },
      },
    );
    expect(await run((await workshop.build(request)).layout, 'cat /v')).toBe('1 2\nlo');
  });

  it('sees nothing of the environment, and of the machine only what an image has', async () => {
    const clientConfig = join(dir, 'docker-config');
    const ours = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
    await mkdir(clientConfig);
    if (existsSync(ours))
      await cp(ours, clientConfig, { recursive: true, filter: (path) => !path.endsWith('config.json') });
    const proxies = { default: { httpProxy: 'http://hidden.example', noProxy: 'hidden.example' } };
    await writeFile(join(clientConfig, 'config.json'), JSON.stringify({ proxies }));
    vi.stubEnv('DOCKER_CONFIG', clientConfig);
    for (const variable of ['http_proxy', 'HTTPS_PROXY', 'no_proxy', 'DOCKYARD_SECRET', 'VERSION']) {
      vi.stubEnv(variable, 'http://hidden.example');
    }
    try {
      const { layout } = await build(
        `FROM ${SHELL}\nRUN env > /env; mount > /mounts; ls / /root /home > /folders 2>/dev/null; true\n`,
      );
      const shown = await run(layout, 'cat /env');
      expect(shown).not.toContain('hidden');
      expect(shown.split('\n').map((line) => line.split('=')[0])).not.toContain('DOCKYARD_SECRET');
      const reachable = `${await run(layout, 'cat /folders')}\n${await run(layout, 'grep -v overlay /mounts')}`;
      for (const path of [homedir(), dir, process.cwd()].filter((path) => path !== '/root')) {
        expect(reachable).not.toContain(path);
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('streams and logs', async () => {
    const request = await workshop.request(`FROM ${SHELL}\nRUN echo one; echo two >&2\n`, {
      contexts: { [SHELL]: shell },
    });
    await writeFile(request.logFile, 'an earlier log\n');
    const lines: string[] = [];
    await engine.build(request, { onLine: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(/one/);
    expect(lines.join('\n')).toMatch(/two/);
    const log = await readFile(request.logFile, 'utf8');
    expect(log).toMatch(/^\$ .*(podman|docker) .*\n(.*\n)*.*one\n/);
    expect(log).not.toContain('earlier');
  });

  it('shows the failing step, what it printed, and where the log lies', async () => {
    const request = await workshop.request(
      `FROM ${SHELL}\nRUN echo fine\nRUN for i in $(seq 30); do echo line-$i; done; exit 3\n`,
      { contexts: { [SHELL]: shell } },
    );
    const error = await thrown(engine.build(request));
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toContain(request.dockerfile);
    expect(error.message).toMatch(/failed at .*RUN for i in/);
    expect(error.message).toContain('line-30');
    expect(error.message).toContain('line-12');
    expect(error.message).not.toContain('line-1\n');
    expect(error.message).not.toContain('fine');
    expect(error.hint).toContain(request.logFile);
    expect(await readFile(request.logFile, 'utf8')).toContain('line-1\n');
    expect(await readdir(dirname(request.output))).toEqual(['build.log', 'context']);
  });

  it.each([
    ['a file that is not there', `FROM ${SHELL}\nCOPY absent /\n`, /COPY absent[^]*absent/],
    ['an image that no context names', `FROM dockyard/unknown:1\nCOPY x /\n`, /dockyard\/unknown:1/],
    ['a program that is not there', `FROM ${SHELL}\nRUN ["/bin/nosuch"]\n`, /RUN .*\/bin\/nosuch/],
  ])('explains %s', async (_what, dockerfile, said) => {
    const error = await thrown(build(dockerfile));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(said);
  });

  describe('that are ended', () => {
    let request: BuildRequest;
    const start = async (end: () => Promise<void> | void): Promise<unknown> => {
      request = await workshop.request(`FROM ${SHELL}\n${ENDLESS}\n`, { contexts: { [SHELL]: shell } });
      const abort = new AbortController();
      const started = Promise.withResolvers<undefined>();
      const outcome = thrown(
        engine.build(request, {
          signal: abort.signal,
          onLine: (line) => {
            if (/(^|[\d.] )started$/.test(line)) started.resolve(undefined);
          },
        }),
      );
      const early = outcome.then((error) => Promise.reject(new Error('The build ended by itself.', { cause: error })));
      await Promise.race([started.promise, early]);
      await Promise.race([until(endlessRuns), early]);
      await end();
      if (end === abortIt) abort.abort();
      return outcome;
    };
    const abortIt = () => undefined;
    const nothingIsLeft = async () => {
      await until(async () => !(await endlessRuns()));
      expect(existsSync(request.output)).toBe(false);
      expect(await readdir(dirname(request.output))).toEqual(['build.log', 'context']);
      if (name === 'podman') expect(await podmanRemains(request.logFile)).toEqual([]);
    };

    it('by their caller leave nothing', async () => {
      const error = await start(abortIt);
      expect(error).toBeInstanceOf(CommandError);
      expect(error).toMatchObject({ aborted: true });
      await nothingIsLeft();
    });

    // BuildKit's daemon ends a build with its client, and needs nothing of this.
    if (name === 'podman')
      it('with their caller are swept by the next one', async () => {
        request = await workshop.request(`FROM ${SHELL}\n${ENDLESS}\n`, { contexts: { [SHELL]: shell } });
        const script = `import { detectEngine } from ${JSON.stringify(new URL('detect.ts', import.meta.url).href)};
          const engine = await detectEngine({ preferred: 'podman' });
          await engine.build(${JSON.stringify(request)});`;
        const caller = exec(
          { command: process.execPath, args: ['--input-type=module', '-e', script] },
          { reject: false },
        );
        await until(endlessRuns);
        await exec({ command: 'pkill', args: ['-SIGKILL', '--full', `input-type=module.*${dir}`] });
        expect((await caller).exitCode).toBe(137);
        expect(await podmanRemains(request.logFile)).not.toEqual([]);
        await build(`FROM ${SHELL}\n`);
        await until(async () => !(await endlessRuns()));
        expect(await podmanRemains(request.logFile)).toEqual([]);
      });

    it.each(['SIGKILL', 'SIGTERM'])('by a %s to the program leave nothing', async (signal) => {
      const error = await start(async () => {
        const pattern = name === 'podman' ? `podman .*${dir}` : `buildx build .*${dir}`;
        await exec({ command: 'pkill', args: [`-${signal}`, '--full', pattern] });
      });
      expect(error).toBeInstanceOf(UserError);
      await nothingIsLeft();
    });
  });

  it.each([
    ['of an image', 'COPY Dockerfile /'],
    ['of an untouched base', ''],
  ])('fails and leaves nothing when the disk is full during the export %s', async (_what, instruction) => {
    const small = join(dir, 'small');
    await mkdir(small);
    await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small] });
    try {
      const request = await workshop.request(`FROM ${SHELL}\n${instruction}\n`, { contexts: { [SHELL]: shell } });
      const error = await thrown(engine.build({ ...request, output: join(small, 'raw') }));
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(/no space left on device/);
      expect((error as UserError).hint).toMatch(/disk is full/);
      expect(await readdir(small)).toEqual([]);
    } finally {
      await exec({ command: 'umount', args: [small] });
      await rm(small, { recursive: true });
    }
  });

  it('make the same bytes whether or not the engine built the same files at another time', async () => {
    const made = async (epoch: number, fromNothing: boolean): Promise<string> => {
      const request = await workshop.request('FROM scratch\nCOPY file /\n', { files: { file: 'the same\n' } });
      await utimes(join(request.context, 'file'), epoch, epoch);
      return (await workshop.build({ ...request, epoch, fromNothing })).record.digest;
    };
    const [earlier, later] = [1_500_000_000, 1_600_000_000];
    await made(earlier, false);
    const second = await made(later, false);
    expect(await made(later, true)).toBe(second);
  });

  it('two at once do not disturb each other', async () => {
    const one = build(`FROM ${SHELL}\nRUN busybox sleep 1; echo one > /n\n`);
    const two = build(`FROM ${SHELL}\nRUN busybox sleep 1; echo two > /n\n`);
    expect(await run((await one).layout, 'cat /n')).toBe('one');
    expect(await run((await two).layout, 'cat /n')).toBe('two');
  });

  // Only Podman has stores of parents.
  if (name === 'podman')
    it('unpack a parent once, also when several need it at the same time', async () => {
      const { context: parent } = await build(`FROM ${SHELL}\nRUN head -c 9 /dev/urandom > /random\n`);
      const on = (text: string) => workshop.request(`FROM parent\nRUN echo ${text} > /n\n`, { contexts: { parent } });
      const requests = [await on('one'), await on('two'), await on('three')];
      const built = await Promise.all(requests.map((request) => workshop.build(request)));
      const shown = [];
      for (const { layout } of built) shown.push(await run(layout, 'cat /n'));
      expect(shown).toEqual(['one', 'two', 'three']);

      const stores = new Set<string | undefined>();
      for (const { logFile } of requests) stores.add(/imagestore=(\S+)/.exec(await readFile(logFile, 'utf8'))?.[1]);
      const [store = ''] = stores;
      expect(stores.size).toBe(1);
      const { ino } = await stat(store);
      await workshop.build(await on('four'));
      expect((await stat(store)).ino).toBe(ino);
      await rm(store, { recursive: true });
    });

  if (name === 'podman')
    it.each<[string, (store: string) => Promise<unknown>]>([
      ['lists no image', (store) => writeFile(join(store, `${driverOf(store)}-images/images.json`), '')],
      ['lacks a layer', (store) => rm(join(store, driverOf(store)), { recursive: true })],
      ['was unpacked in part', (store) => rm(join(store, 'dockyard-content'))],
    ])('an unpacked parent that %s is unpacked anew', async (_, damage) => {
      const { context: parent } = await build(`FROM ${SHELL}\nRUN head -c 9 /dev/urandom > /random\n`);
      const on = (text: string) => workshop.request(`FROM parent\nRUN echo ${text} > /n\n`, { contexts: { parent } });
      const first = await on('one');
      await workshop.build(first);
      const [, store = ''] = /imagestore=(\S+)/.exec(await readFile(first.logFile, 'utf8')) ?? [];
      await damage(store);
      const { layout } = await workshop.build(await on('two'));
      expect(await run(layout, 'cat /n')).toBe('two');
      // A build that fails by itself takes no parent for damaged.
      const { ino } = await stat(store);
      await expect(
        workshop.build(await workshop.request('FROM parent\nRUN false\n', { contexts: { parent } })),
      ).rejects.toThrow();
      expect((await stat(store)).ino).toBe(ino);
      await rm(store, { recursive: true });
    });
});
