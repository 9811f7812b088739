import { CommandError, recordedExec, type Recording, UserError } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseBuildxVersion } from './detect-docker.ts';
import { parsePodmanInfo, parseUlimits } from './detect-podman.ts';
import { detectEngine } from './detect.ts';

const missing = (command: string) => new CommandError({ command, args: [] }, { notFound: true });

const podmanInfo = (change: { version?: string; serviceIsRemote?: boolean; ids?: number; backend?: object } = {}) =>
  JSON.stringify({
    host: {
      arch: 'amd64',
      serviceIsRemote: change.serviceIsRemote ?? false,
      ociRuntime: { name: 'runc', path: '/usr/bin/runc' },
      security: { rootless: change.ids !== undefined },
      ...(change.backend !== undefined && { networkBackendInfo: change.backend }),
      idMappings: {
        gidmap: [
          { container_id: 0, host_id: 1000, size: 1 },
          { container_id: 1, host_id: 100_000, size: 65_536 },
        ],
        uidmap: [
          { container_id: 0, host_id: 1000, size: 1 },
          { container_id: 1, host_id: 100_000, size: (change.ids ?? 1) - 1 },
        ],
      },
    },
    store: {
      graphDriverName: 'overlay',
      graphOptions: {
        'overlay.mount_program': { Executable: '/usr/bin/fuse-overlayfs', Package: 'x' },
        'overlay.mountopt': 'nodev',
      },
      graphRoot: '/var/lib/containers/storage',
      runRoot: '/run/containers/storage',
    },
    version: { APIVersion: '4.3.1', Version: change.version ?? '4.3.1' },
  });

const dockerInfo = (change: object = {}) =>
  JSON.stringify({
    ServerVersion: '26.1.5+dfsg1',
    Architecture: 'x86_64',
    Driver: 'overlayfs',
    DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
    ClientInfo: { Version: '28.2.2' },
    ...change,
  });
const withoutStore = {
  Driver: 'overlay2',
  DriverStatus: [
    ['Backing Filesystem', 'extfs'],
    ['Supports d_type', 'true'],
  ],
};

const context = (host: string, TLSMaterial: object = {}): Recording => ({
  match: 'docker context inspect',
  result: { stdout: JSON.stringify([{ Name: 'c', Endpoints: { docker: { Host: host } }, TLSMaterial }]) },
});
const buildx: Recording = {
  match: 'docker buildx version',
  result: { stdout: 'github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3' },
};
const docker = (stdout = dockerInfo()): Recording => ({ match: 'docker info', result: { stdout } });
const podman = (stdout = podmanInfo()): Recording => ({ match: 'podman info', result: { stdout } });
const own = context('unix:///var/run/docker.sock');
const noDocker: Recording = { match: 'docker info', result: missing('docker') };
const noPodman: Recording = { match: 'podman info', result: missing('podman') };

beforeEach(() => {
  vi.stubEnv('DOCKYARD_ENGINE', undefined);
  vi.stubEnv('DOCKER_HOST', undefined);
});
afterEach(() => vi.unstubAllEnvs());

describe('detectEngine', () => {
  it('prefers a Docker Engine that can export', async () => {
    const engine = await detectEngine({ exec: recordedExec([docker(), buildx, own, podman()]) });
    expect(engine.host).toBeUndefined();
    expect(engine).toMatchObject({
      name: 'buildkit',
      version: '26.1.5+dfsg1',
      architecture: 'linux/amd64',
      warnings: [],
    });
  });

  it('takes podman when no Docker Engine answers, without a word', async () => {
    const none: Recording = {
      match: 'docker info',
      result: {
        exitCode: 1,
        stdout: dockerInfo({ ServerVersion: '' }),
        stderr: 'Cannot connect to the Docker daemon at unix:///x.',
      },
    };
    const engine = await detectEngine({ exec: recordedExec([none, podman()]) });
    expect(engine).toMatchObject({ name: 'podman', version: '4.3.1', architecture: 'linux/amd64', warnings: [] });
  });

  it.each([
    ['lacks the containerd image store', docker(dockerInfo(withoutStore)), buildx, /lacks the containerd image store/],
    ['is too old', docker(dockerInfo({ ServerVersion: '24.0.7' })), buildx, /24\.0\.7 is too old/],
    [
      'has no buildx',
      docker(),
      { match: 'docker buildx', result: { exitCode: 1, stderr: `'buildx' is not a docker command` } },
      /buildx plugin is missing/,
    ],
    [
      'has an old buildx',
      docker(),
      { match: 'docker buildx', result: { stdout: 'github.com/docker/buildx v0.10.5 86bdced' } },
      /0\.10\.5 is too old/,
    ],
  ])('takes podman when Docker %s, and says why', async (_what, info, version, said) => {
    const engine = await detectEngine({ exec: recordedExec([info, version, podman()]) });
    expect(engine.name).toBe('podman');
    expect(engine.warnings).toEqual([expect.stringMatching(said)]);
    const only = detectEngine({ preferred: 'buildkit', exec: recordedExec([info, version, podman()]) });
    await expect(only).rejects.toThrow(said);
  });

  it('says what mends a Docker Engine, as a hint', async () => {
    const only = detectEngine({
      preferred: 'buildkit',
      exec: recordedExec([docker(dockerInfo(withoutStore)), buildx]),
    });
    await expect(only).rejects.toMatchObject({ hint: expect.stringContaining('containerd-snapshotter') as string });
  });

  it('asks only podman when that is wanted, by option or environment', async () => {
    const exec = recordedExec([docker(), buildx, podman()]);
    expect((await detectEngine({ preferred: 'podman', exec })).name).toBe('podman');
    vi.stubEnv('DOCKYARD_ENGINE', 'podman');
    expect((await detectEngine({ exec })).name).toBe('podman');
    expect(exec.calls.map(({ command }) => command)).toEqual(['podman', 'podman']);
  });

  it('refuses an engine that does not exist', async () => {
    vi.stubEnv('DOCKYARD_ENGINE', 'kaniko');
    await expect(detectEngine({ exec: recordedExec([]) })).rejects.toThrow('DOCKYARD_ENGINE: unknown engine "kaniko"');
  });

  it('asks a host for its Docker Engine and nobody else', async () => {
    const exec = recordedExec([docker(dockerInfo({ Architecture: 'aarch64' })), buildx]);
    const engine = await detectEngine({ host: 'ssh://me@arm', preferred: 'podman', exec });
    expect(engine).toMatchObject({ name: 'buildkit', architecture: 'linux/arm64', host: 'ssh://me@arm' });
    expect(exec.calls.every(({ env }) => env?.['DOCKER_HOST'] === 'ssh://me@arm')).toBe(true);
  });

  it('knows the host that the environment names', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///x.sock');
    expect((await detectEngine({ exec: recordedExec([docker(), buildx]) })).host).toBe('unix:///x.sock');
  });

  it('follows a context to another machine, whose ports are not ours', async () => {
    const exec = recordedExec([docker(), buildx, context('ssh://me@arm')]);
    expect((await detectEngine({ exec })).host).toBe('ssh://me@arm');
  });

  it('refuses a context to another machine whose certificates DOCKER_HOST does not name', async () => {
    const exec = recordedExec([
      docker(),
      buildx,
      context('tcp://build.example:2376', { docker: ['ca.pem'] }),
      noPodman,
    ]);
    await expect(detectEngine({ exec })).rejects.toThrow(/context over TCP/);
  });

  it.each([
    ['no range of ids', 1, /no range of 65,536 ids/],
    ['a range that is too small', 1001, /no range of 65,536 ids/],
  ])('does not take a rootless podman with %s', async (_what, ids, said) => {
    await expect(detectEngine({ exec: recordedExec([noDocker, podman(podmanInfo({ ids }))]) })).rejects.toThrow(said);
  });

  it('says what gives a rootless podman ids', async () => {
    const exec = recordedExec([noDocker, podman(podmanInfo({ ids: 1 }))]);
    await expect(detectEngine({ exec })).rejects.toMatchObject({
      hint: expect.stringMatching(/usermod --add-subuids \d+-\d+ --add-subgids/) as string,
    });
  });

  it('does not take a podman whose containers find no names', async () => {
    const backend = { backend: 'netavark', dns: {}, path: '/usr/lib/podman/netavark' };
    const exec = recordedExec([noDocker, podman(podmanInfo({ version: '5.4.2', backend }))]);
    await expect(detectEngine({ exec })).rejects.toThrow(/aardvark-dns is missing/);
  });

  it('takes a rootless podman with the ids that images have', async () => {
    const engine = await detectEngine({ exec: recordedExec([noDocker, podman(podmanInfo({ ids: 65_537 }))]) });
    expect(engine.name).toBe('podman');
  });

  it('says that the engine is passed over that DOCKER_HOST names', async () => {
    const exec = recordedExec([{ match: 'docker info', result: { exitCode: 1, stderr: 'no such host' } }, podman()]);
    const engine = await detectEngine({ exec, env: { DOCKER_HOST: 'tcp://gone.example:2375' } });
    expect(engine.name).toBe('podman');
    expect(engine.warnings).toEqual([
      'Podman is used, since no Docker Engine answers at tcp://gone.example:2375: no such host',
    ]);
  });

  it('lists all it tried when there is nothing', async () => {
    const error: unknown = await detectEngine({ exec: recordedExec([noDocker, noPodman]) }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      message: 'No container engine can be used:\n  - docker is not installed\n  - podman is not installed',
      hint: expect.stringContaining('npm run doctor') as string,
    });
  });

  it.each([
    ['old', podman(podmanInfo({ version: '3.4.4' })), /podman 3\.4\.4 is too old/],
    ['a client of a virtual machine', podman(podmanInfo({ serviceIsRemote: true })), /only a client/],
    [
      'broken',
      { match: 'podman info', result: { exitCode: 125, stderr: 'a\nError: no runtime' } },
      /podman info failed: Error: no runtime/,
    ],
    [
      'of version 6 on cgroups v1',
      {
        match: 'podman info',
        result: { exitCode: 1, stderr: 'time="2026-11-30T22:55:38Z" level=fatal msg="Cgroups v1 not supported"' },
      },
      /podman info failed: Cgroups v1 not supported\. Podman 6 runs with cgroups v2 only/,
    ],
    [
      'half installed',
      { match: 'podman info', result: { exitCode: 125, stderr: 'Error: could not find a working conmon binary' } },
      /conmon is missing/,
    ],
    ['no podman', podman('{}'), /do not understand/],
  ])('does not take a podman that is %s', async (_what, recording, said) => {
    await expect(detectEngine({ exec: recordedExec([noDocker, recording]) })).rejects.toThrow(said);
  });

  it('is not fooled by a docker that is podman', async () => {
    await expect(detectEngine({ preferred: 'buildkit', exec: recordedExec([docker(podmanInfo())]) })).rejects.toThrow(
      /wrapper of podman/,
    );
  });
});

describe('parsePodmanInfo', () => {
  it('keeps the options of the store', () => {
    expect(parsePodmanInfo(podmanInfo(), [])).toMatchObject({
      graphOptions: ['overlay.mount_program=/usr/bin/fuse-overlayfs', 'overlay.mountopt=nodev'],
    });
  });

  it.each([
    ['4.9.3', []],
    ['5.4.2', ['nofile=1:2']],
  ])('of podman %s takes the limits %j', (version, ulimits) => {
    expect(parsePodmanInfo(podmanInfo({ version }), ['nofile=1:2'])).toMatchObject({ ulimits });
  });
});

describe('parseUlimits', () => {
  it('reads the limits of a process', () => {
    const limits = `Limit                     Soft Limit           Hard Limit           Units
Max processes             unlimited            96405                processes
Max open files            1024                 524288               files
`;
    expect(parseUlimits(limits)).toEqual(['nofile=1024:524288', 'nproc=-1:96405']);
    expect(parseUlimits('')).toEqual([]);
  });
});

describe('parseBuildxVersion', () => {
  it.each([
    ['github.com/docker/buildx v0.17.1 257815a', '0.17.1'],
    ['github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3', '0.13.1'],
    ['', undefined],
  ])('reads %j', (output, version) => {
    expect(parseBuildxVersion(output)).toBe(version);
  });
});
