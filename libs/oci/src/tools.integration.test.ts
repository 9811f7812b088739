import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobPath } from './digest.ts';
import { blobs, contents, EPOCH, finish, scratch } from './fixture.ts';
import { joinIndex } from './join.ts';
import { materialize } from './materialize.ts';
import { readImage, readIndex } from './read.ts';
import { layoutTar } from './tar.ts';
import type { ImageRecord } from './types.ts';
import { verifyLayout } from './verify.ts';

// These run the real tools, as root: podman, skopeo and umoci must be installed, and a missing one fails the test.
const PODMAN_CONF = '/etc/containers/containers.conf.d/dockyard.conf';
const at = scratch();
// Other work goes on in the same store: our images differ from everybody else's, and only they are removed.
const run = randomUUID();
const imageIds = new Set<string>();

async function tool(command: string, ...args: string[]): Promise<string> {
  return (await exec({ command, args })).stdout.trim();
}

/** Builds a Dockerfile with podman from the given files and exports it; returns the folder of the raw export. */
async function podmanBuild(name: string, dockerfile: string, files: Readonly<Record<string, string>>): Promise<string> {
  const context = at(`context-${name}`);
  await mkdir(context);
  await writeFile(path.join(context, 'Dockerfile'), dockerfile);
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(context, file), content);
  const idFile = at(`id-${name}`);
  const options = ['--format', 'docker', '--timestamp', String(EPOCH), '--network', 'none', '--pull=never'];
  await tool('podman', 'build', ...options, '--no-cache', '--layers=false', '--iidfile', idFile, context);
  const id = (await readFile(idFile, 'utf8')).trim();
  imageIds.add(id);
  const raw = at(`raw-${name}`);
  await tool('podman', 'save', '--quiet', '--format', 'docker-dir', '--output', raw, id);
  return raw;
}

async function podmanPull(layout: string): Promise<string> {
  const id = await tool('podman', 'pull', '--quiet', `oci:${layout}`);
  imageIds.add(id);
  return id;
}

const PARENT = `FROM scratch
LABEL run=${run} shape=parent
COPY hi /etc/hi
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=2s CMD ["/hc"]
USER 10:10
`;

/** A parent built and finished, and a child built by podman on the finished parent. Both layouts are thin. */
async function family(): Promise<{ parent: ImageRecord; child: ImageRecord }> {
  const raw = await podmanBuild('parent', PARENT, { hi: 'there\n' });
  const parent = await finish({ raw, output: at('parent'), refName: 'dockyard-oci-parent:1', labels: { ours: 'yes' } });
  const id = await podmanPull(at('parent'));
  const childRaw = await podmanBuild('child', `FROM ${id}\nCOPY own /own\n`, { own: run });
  const child = await finish({
    raw: childRaw,
    output: at('child'),
    refName: 'child:1',
    base: { layout: 'dist/parent', path: at('parent') },
  });
  return { parent, child };
}

beforeAll(async () => {
  if (existsSync(PODMAN_CONF)) return;
  await mkdir(path.dirname(PODMAN_CONF), { recursive: true });
  await writeFile(PODMAN_CONF, '[containers]\ndefault_ulimits = []\n[engine]\nruntime = "runc"\n');
});

afterAll(async () => {
  // Children first, or podman refuses; what is gone already went with its child.
  for (const id of [...imageIds].reverse()) {
    await exec({ command: 'podman', args: ['rmi', '--force', '--ignore', id] });
  }
});

describe('what podman builds', { timeout: 120_000 }, () => {
  it('keeps health check, stop signal, user and labels', async () => {
    const raw = await podmanBuild('parent', PARENT, { hi: 'there\n' });
    await finish({ raw, output: at('out'), labels: { ours: 'yes' } });
    const { config, manifest } = await readImage(at('out'));
    expect(config.config).toMatchObject({
      User: '10:10',
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['CMD', '/hc'], Interval: 5_000_000_000, Timeout: 2_000_000_000 },
      Labels: { ours: 'yes', run, shape: 'parent' },
    });
    expect(Object.keys(config.config?.Labels ?? {})).toEqual(['ours', 'run', 'shape']);
    expect(manifest.layers).toHaveLength(1);
  });

  it('comes out the same when it is built again', async () => {
    await finish({ raw: await podmanBuild('one', PARENT, { hi: 'there\n' }), output: at('out1') });
    await finish({ raw: await podmanBuild('two', PARENT, { hi: 'there\n' }), output: at('out2') });
    expect(await contents(at('out1'))).toEqual(await contents(at('out2')));
  });

  it("leaves the parent's blobs out of the child, which podman hands back uncompressed", async () => {
    const { parent, child } = await family();
    expect(child.layers[0]).toEqual(parent.layers[0]);
    expect(child.parents).toEqual([{ layout: 'dist/parent', digest: parent.digest }]);
    const own = child.layers[1];
    expect(await blobs(at('child'))).toEqual([child.digest, child.config, own?.digest].sort());
    const handedBack = (await readdir(at('raw-child'))).includes(parent.layers[0]?.diffId.slice(7) ?? '');
    expect(handedBack).toBe(true);
    // Podman hands the parent's settings on.
    expect((await readImage(at('child'))).config.config).toMatchObject({
      Healthcheck: { Test: ['CMD', '/hc'] },
      StopSignal: 'SIGQUIT',
    });
    await materialize({ layout: at('child'), parents: [at('parent')], output: at('full') });
    expect(await podmanPull(at('full'))).toBe(child.config.slice(7));
  });
});

describe('what other tools make of our layouts', { timeout: 120_000 }, () => {
  it('skopeo, umoci and podman take a full layout', async () => {
    const { child } = await family();
    const full = at('full');
    await materialize({ layout: at('child'), parents: [at('parent')], output: full });

    const manifest = await readFile(blobPath(full, child.digest), 'utf8');
    expect(await tool('skopeo', 'inspect', '--raw', `oci:${full}`)).toBe(manifest);
    expect(await tool('skopeo', 'inspect', '--raw', `oci:${full}:child:1`)).toBe(manifest);
    await tool('skopeo', 'copy', '--quiet', `oci:${full}`, `oci:${at('copy')}`);
    await verifyLayout({ layout: at('copy'), parents: [] });
    expect((await readImage(at('copy'))).descriptor.digest).toBe(child.digest);

    const stat = JSON.parse(await tool('umoci', 'stat', '--json', '--image', `${full}:child:1`)) as {
      history: { layer: { digest: string } | null }[];
    };
    const digests = stat.history.flatMap(({ layer }) => (layer === null ? [] : [layer.digest]));
    expect(digests).toEqual(child.layers.map(({ digest }) => digest));
    await tool('umoci', 'unpack', '--image', `${full}:child:1`, at('bundle'));
    expect(await readFile(at('bundle/rootfs/etc/hi'), 'utf8')).toBe('there\n');
    expect(await readFile(at('bundle/rootfs/own'), 'utf8')).toBe(run);

    expect(await podmanPull(full)).toBe(child.config.slice(7));
  });

  it('podman loads the tar of a layout', async () => {
    const { parent } = await family();
    await pipeline(await layoutTar(at('parent')), createWriteStream(at('parent.tar')));
    expect(await tool('podman', 'load', '--quiet', '--input', at('parent.tar'))).toContain('dockyard-oci-parent:1');
    expect(await tool('podman', 'image', 'exists', parent.config.slice(7))).toBe('');
    await tool('podman', 'untag', parent.config.slice(7), 'localhost/dockyard-oci-parent:1');
  });

  it('skopeo and podman take a joined index of two platforms', async () => {
    const { parent } = await family();
    const raw = await podmanBuild('arm64', `FROM --platform=linux/arm64 scratch\nLABEL run=${run}\nCOPY a /a\n`, {
      a: 'arm64',
    });
    const config = JSON.parse(await readFile(path.join(raw, await rawConfigName(raw)), 'utf8')) as {
      architecture: string;
    };
    expect(config.architecture).toBe('arm64');
    const arm64 = await finish({ raw, output: at('arm64'), platform: 'linux/arm64' });
    const { digest } = await joinIndex({
      images: [
        { platform: 'linux/arm64', layout: at('arm64') },
        { platform: 'linux/amd64', layout: at('parent') },
      ],
      output: at('index'),
      annotations: { 'org.opencontainers.image.title': 'two' },
      name: { repository: 'docker.io/dockyard/two', tag: '1' },
    });
    await materialize({ layout: at('index'), parents: [at('parent'), at('arm64')], output: at('full') });
    const full = at('full');
    const text = await readFile(blobPath(full, digest), 'utf8');
    expect(await tool('skopeo', 'inspect', '--raw', `oci:${full}`)).toBe(text);
    await tool('skopeo', 'copy', '--quiet', '--all', `oci:${full}:1`, `oci:${at('copy')}`);
    expect((await readIndex(at('copy'))).descriptor.digest).toBe(digest);
    await verifyLayout({ layout: at('copy'), parents: [] });
    for (const [arch, record] of [
      ['amd64', parent],
      ['arm64', arm64],
    ] as const) {
      await tool('skopeo', '--override-arch', arch, 'copy', '--quiet', `oci:${full}`, `oci:${at(arch)}-one`);
      expect((await readImage(`${at(arch)}-one`)).descriptor.digest).toBe(record.digest);
    }
    expect(await podmanPull(full)).toBe(parent.config.slice(7));
    await pipeline(await layoutTar(full), createWriteStream(at('full.tar')));
    const loaded = 'docker.io/dockyard/two:1';
    expect(await tool('podman', 'load', '--quiet', '--input', at('full.tar'))).toContain(`Loaded image: ${loaded}`);
    expect(await tool('podman', 'image', 'inspect', '--format', '{{.Id}}', loaded)).toBe(parent.config.slice(7));
    await tool('podman', 'untag', parent.config.slice(7), loaded);
  });
});

async function rawConfigName(raw: string): Promise<string> {
  const manifest = JSON.parse(await readFile(path.join(raw, 'manifest.json'), 'utf8')) as {
    config: { digest: string };
  };
  return manifest.config.digest.slice('sha256:'.length);
}
