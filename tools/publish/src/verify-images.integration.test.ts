import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Registry, registryIsTested, startRegistry } from '@dockyard/lab';
import { Client, parseRepository, publish } from '@dockyard/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLayout } from './testing/layout.ts';
import { verifyImages } from './verify-images.ts';

const tested = await registryIsTested();

describe.skipIf(!tested)('verifying what is published', () => {
  let folder: string;
  let registries: Registry[];
  const client = new Client();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
    registries = await Promise.all([startRegistry(), startRegistry()]);
  });
  afterAll(async () => {
    await client.close();
    await Promise.all(registries.map((registry) => registry.stop()));
    await rm(folder, { recursive: true });
  });

  const verify = async (...hosts: string[]) => {
    const lines: string[] = [];
    const sound = await verifyImages({
      env: { DOCKYARD_REGISTRIES: hosts.map((host) => `${host}/g`).join(' ') },
      onLine: (line) => lines.push(line),
    });
    return { sound, lines };
  };
  const push = async (host: string, layout: string) => {
    const publication = { project: 'boat', image: 'boat', version: '1', tags: ['latest'], parents: [] };
    return publish(
      { ...publication, layout, commit: 'a'.repeat(40) },
      {
        client,
        prefix: parseRepository(`${host}/g`),
        isAncestor: () => Promise.resolve(false),
        report: () => undefined,
      },
    );
  };

  it('compares the registries with each other, and one that fails keeps none from its turn', async () => {
    const [first = '', second = ''] = registries.map(({ host }) => host);
    const digests: string[] = [];
    for (const host of [first, second]) {
      const layout = join(folder, host.replace(':', '-'));
      const { digest } = await writeLayout(layout, { platforms: ['linux/amd64'], layers: [randomBytes(10)] });
      digests.push(digest);
      await push(host, layout);
    }
    expect(await verify(first)).toEqual({
      sound: true,
      lines: [`${first}/g: 2 tags, 0 not as they were published`],
    });
    expect(await verify(first, '127.0.0.1:1', second)).toEqual({
      sound: false,
      lines: expect.arrayContaining([
        expect.stringMatching(/^127\.0\.0\.1:1\/g: GET tags of .*the host refuses the connection/),
        `${second}/g/boat:1-r1 was published as ${digests[1] ?? ''}, and as ${digests[0] ?? ''} in ${first}/g.`,
      ]) as unknown,
    });
  });

  it('says nothing of what was never published', async () => {
    const [first = ''] = registries.map(({ host }) => host);
    expect(await verify(`${first}/nothing`)).toEqual({
      sound: true,
      lines: [`${first}/nothing/g: 0 tags, 0 not as they were published`],
    });
  });
});
