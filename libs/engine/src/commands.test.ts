import { formatCommand } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { buildCommand as buildkitCommand } from './buildkit-command.ts';
import { buildCommand as podmanCommand, saveCommand } from './podman-command.ts';
import { type PodmanInfo, podmanStore } from './podman-store.ts';
import type { BuildRequest } from './types.ts';

const digest = `sha256:${'d'.repeat(64)}`;
const config = `sha256:${'c'.repeat(64)}`;

const request: BuildRequest = {
  dockerfile: '/w/images/redis/Dockerfile',
  context: '/s/context',
  platform: 'linux/arm/v7',
  contexts: {
    'dockyard/debian:13': { kind: 'image', layout: '/s/parent-0', digest, config },
    sources: { kind: 'directory', path: '/s/sources' },
  },
  buildArgs: { VERSION: '8.0.2' },
  epoch: 1700000000,
  output: '/s/raw',
  logFile: '/s/log',
};

const info: PodmanInfo = {
  version: '4.3.1',
  architecture: 'linux/amd64',
  graphRoot: '/graph',
  runRoot: '/run/c',
  graphDriver: 'overlay',
  graphOptions: ['overlay.mount_program=/usr/bin/fuse-overlayfs'],
  runtime: '/usr/bin/runc',
  rootless: false,
  names: true,
  ids: 65_536,
  ulimits: ['nofile=1:2'],
};
const store = podmanStore(info, 'abcd', ['/graph/dockyard/parents/cc']);
const storeFlags =
  'podman --log-level error --root /graph/dockyard/abcd/root --runroot /run/c/dockyard-abcd --storage-driver overlay ' +
  '--storage-opt overlay.mount_program=/usr/bin/fuse-overlayfs --storage-opt overlay.imagestore=/graph/dockyard/parents/cc ';

describe('podman', () => {
  it('build', () => {
    expect(formatCommand(podmanCommand(request, { store, iidfile: '/iid', ulimits: info.ulimits }))).toBe(
      `env -u SOURCE_DATE_EPOCH ${storeFlags}build --runtime-flag root=/run/c/dockyard-abcd/oci --platform linux/arm/v7 --format docker ` +
        `--network none --http-proxy=false --pull=never --ulimit nofile=1:2 --no-cache --layers=false --build-arg VERSION=8.0.2 ` +
        `--build-context dockyard/debian:13=container-image://${'c'.repeat(64)} --build-context sources=/s/sources ` +
        `--iidfile /iid --file /w/images/redis/Dockerfile /s/context`,
    );
  });

  it('build from nothing: cache mounts lie in the private store', () => {
    const { env } = podmanCommand({ ...request, fromNothing: true }, { store, iidfile: '/iid', ulimits: [] });
    expect(env).toEqual({ SOURCE_DATE_EPOCH: undefined, TMPDIR: '/graph/dockyard/abcd' });
  });

  it('save', () => {
    const command = saveCommand('ab', store, '/s: 1/raw');
    // Podman refuses a path with a colon.
    expect(formatCommand(command)).toBe(`cd '/s: 1' && ${storeFlags}save --quiet --format docker-dir --output raw ab`);
  });

  it('quotes a path that it would read as two', () => {
    const strange = { ...request, dockerfile: '/a, "b"/Dockerfile' };
    const { args } = podmanCommand(strange, { store, iidfile: '/iid', ulimits: [] });
    expect(args[args.indexOf('--file') + 1]).toBe('"/a, ""b""/Dockerfile"');
  });

  it.each([
    ['/run/user/1000/containers', '/run/user/1000/containers/dockyard-01234567'],
    [`/${'r'.repeat(31)}`, `/${'r'.repeat(31)}/dockyard-01234567`],
    [`/${'r'.repeat(32)}`, '/tmp/dockyard-01234567'],
    [`/${'r'.repeat(49)}`, '/tmp/dockyard-01234567'],
  ])('has a run folder that podman accepts, below %s: 50 characters', (runRoot, expected) => {
    expect(podmanStore({ ...info, runRoot }, '01234567', []).runFolder).toBe(expected);
    expect(expected.length).toBeLessThanOrEqual(50);
  });
});

describe('buildkit', () => {
  const common =
    `docker buildx build --builder far --progress plain --platform linux/arm/v7 --network none --add-host dockyard-build-n1:127.0.0.1 ` +
    `--provenance=false --sbom=false --output type=oci,dest=/s/raw,tar=false ` +
    ['http', 'https', 'ftp', 'no', 'all']
      .map((kind) => `--build-arg ${kind}_proxy= --build-arg ${kind.toUpperCase()}_PROXY= `)
      .join('') +
    `--build-arg VERSION=8.0.2 --build-arg SOURCE_DATE_EPOCH=1700000000 ` +
    `--build-context dockyard/debian:13=oci-layout:///s/parent-0@${digest} --build-context sources=/s/sources ` +
    `--file /w/images/redis/Dockerfile /s/context`;

  it('build', () => {
    expect(
      formatCommand(buildkitCommand(request, { folder: '/s/raw', host: undefined, builder: 'far', nonce: 'n1' })),
    ).toBe(`env -u SOURCE_DATE_EPOCH ${common}`);
  });

  it('build of which nothing is kept', () => {
    const { args } = buildkitCommand(request, { folder: undefined, host: undefined, builder: 'far', nonce: 'n1' });
    expect(args.join(' ')).toContain(' --output type=cacheonly --build-arg ');
  });

  it('build from nothing: cache mounts are of a namespace of its own', () => {
    const { args } = buildkitCommand(
      { ...request, fromNothing: true },
      { folder: '/s/raw', host: undefined, builder: 'far', nonce: 'n1' },
    );
    expect(args).toContain('--no-cache');
    expect(args).toContain('BUILDKIT_CACHE_MOUNT_NS=n1');
  });

  it('build on a host, whatever context or builder is chosen here', () => {
    expect(
      formatCommand(buildkitCommand(request, { folder: '/s/raw', host: 'ssh://me@arm', builder: 'far', nonce: 'n1' })),
    ).toBe(`env -u DOCKER_CONTEXT -u SOURCE_DATE_EPOCH DOCKER_HOST=ssh://me@arm ${common}`);
  });

  it('quotes a folder that would break the CSV of --output', () => {
    const { args } = buildkitCommand(request, { folder: '/a,"b', host: undefined, builder: 'far', nonce: 'n1' });
    expect(args).toContain('type=oci,"dest=/a,""b",tar=false');
  });
});
