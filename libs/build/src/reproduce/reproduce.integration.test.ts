import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ImageRecord } from '@dockyard/oci';
import { selectRunner, thisMachine } from '@dockyard/runner';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../build.ts';
import { joinPlatforms } from '../join.ts';
import { renderComparisons } from './render.ts';
import { type Comparison, reproduce, secondBuild } from './reproduce.ts';

const docker = process.env['DOCKYARD_TEST_DOCKER_HOST'];
const listed = process.env['DOCKYARD_TEST_ENGINES']?.split(',').filter((name) => name !== '');
const engines = listed ?? ['podman', ...(docker === undefined ? [] : ['buildkit'])];

const { platform } = thisMachine();
const silent = { onLine: () => undefined, report: () => undefined };

describe.each(engines)('a second build with %s', (engine) => {
  let workspace: string;

  function define(name: string, files: Record<string, string>): string {
    const root = `images/${name}`;
    const yaml = `image: ${name}\ndescription: test\nversion: '1'\nlicenses: MIT\nhomepage: https://example.org\nplatforms: [${platform}]\ntags: ['1']\n`;
    for (const [file, text] of Object.entries({ 'image.yaml': yaml, ...files })) {
      const path = join(workspace, root, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return root;
  }

  async function builtTwice(root: string, uses: readonly ('compile' | 'image')[]): Promise<Comparison[]> {
    for (const use of uses) await build({ workspace, root, use, platform, ...silent });
    await joinPlatforms({ workspace, root, platforms: [platform], ...silent });
    return reproduce({ workspace, root, ...silent });
  }

  beforeAll(async () => {
    vi.stubEnv('DOCKYARD_ENGINE', engine);
    vi.stubEnv('DOCKER_HOST', engine === 'buildkit' ? docker : undefined);
    workspace = mkdtempSync(join(tmpdir(), 'dockyard-reproduce-'));
    writeFileSync(join(workspace, 'package.json'), '{}');
    const root = define('shell', {
      Dockerfile:
        'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nENV PATH=/bin\n',
    });
    copyFileSync('/bin/busybox', join(workspace, root, 'busybox'));
    await build({ workspace, root, use: 'image', platform, ...silent });
  });
  afterAll(async () => {
    const runner = await selectRunner({ project: 'shell', platform, emulate: false });
    // Podman keeps the images that were contexts of others.
    for (const path of globSync('{,.dockyard/reproduce/*/}dist/images/*/*/{image,artifacts}.json', {
      cwd: workspace,
    })) {
      const { config } = JSON.parse(readFileSync(join(workspace, path), 'utf8')) as ImageRecord;
      await runner.engine.removeImage(config.replace('sha256:', ''));
    }
    vi.unstubAllEnvs();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('gives the same digests where the software allows it, and leaves nothing behind', async () => {
    const root = define('steady', {
      'compile.Dockerfile':
        'FROM dockyard/shell:1 AS build\nRUN mkdir /out && date > /stamp && echo steady > /out/steady\nFROM scratch\nCOPY --from=build /out/ /\n',
      Dockerfile: 'FROM dockyard/shell:1\nCOPY --from=artifacts / /opt/\nRUN echo done > /done\n',
    });
    const comparisons = await builtTwice(root, ['compile', 'image']);
    expect(comparisons.map(({ what, first, second }) => [what, second === first])).toEqual([
      ['artifacts', true],
      ['image', true],
      ['index', true],
    ]);
    expect(renderComparisons('steady', comparisons).join('\n')).not.toContain('differs');
    expect(existsSync(join(workspace, secondBuild('steady')))).toBe(false);
  });

  it('names the files of a build that never comes out the same', async () => {
    const root = define('dice', {
      // What a cache mount holds must not make two builds look the same.
      'compile.Dockerfile': [
        'FROM dockyard/shell:1 AS build',
        'RUN --mount=type=cache,target=/cache \\',
        '    { [ -e /cache/seed ] || head -c 8 /dev/urandom | od -x > /cache/seed; } && \\',
        '    mkdir -p /out/etc /out/bin && cp /cache/seed /out/etc/seed && \\',
        '    head -c 64 /dev/zero > /out/bin/dice && head -c 8 /dev/urandom >> /out/bin/dice',
        'FROM scratch',
        'COPY --from=build /out/ /',
        '',
      ].join('\n'),
      Dockerfile: 'FROM scratch\nCOPY --from=artifacts / /opt/\n',
    });
    const comparisons = await builtTwice(root, ['compile', 'image']);
    expect(comparisons.map(({ what, first, second }) => [what, second === first])).toEqual([
      ['artifacts', false],
      ['image', false],
      ['index', false],
    ]);
    const lines = renderComparisons('dice', comparisons).join('\n');
    expect(lines).toMatch(/^ +etc\/seed$/m);
    expect(lines).toMatch(/^ +-0000000 /m);
    expect(lines).toMatch(/^ +bin\/dice$/m);
    expect(lines).toMatch(/from byte (6[4-9]|7[01]);/);
    expect(lines).toMatch(/^ +opt\/etc\/seed$/m);
    expect(lines).toContain('index manifests[0].digest: ');
    expect(existsSync(join(workspace, secondBuild('dice'), 'dist/images/dice'))).toBe(true);
  });
});
