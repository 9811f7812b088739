import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageRecord, readIndex } from '@dockyard/oci';
import { thisMachine } from '@dockyard/runner';
import { archSuffix } from '@dockyard/definition';
import { exportLayout } from '@dockyard/build';
import { exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, testEngines, type WorkspaceCopy } from './workspace-copy.ts';

const { platform } = thisMachine();
const arch = archSuffix(platform);

describe.each(testEngines())('hello with %s', (engine) => {
  let copy: WorkspaceCopy;
  const record = (path: string): ImageRecord =>
    JSON.parse(readFileSync(join(copy.root, 'dist/images', path), 'utf8')) as ImageRecord;

  beforeAll(async () => {
    copy = await copyWorkspace(engine);
  });
  afterAll(() => copy.remove());

  it('is compiled, assembled, joined and tested', async () => {
    const result = await copy.nx(['run-many', '-t', 'image', `test:${arch}`, '-p', 'hello']);
    expect(result.exitCode, result.stdout).toBe(0);
    expect(record(`hello/${arch}/image.json`)).toMatchObject({ kind: 'image', platform });
    expect(record(`hello/${arch}/artifacts.json`)).toMatchObject({ kind: 'artifacts', platform });
    expect(record(`debian/${arch}/image.json`).size).toBeLessThanOrEqual(30_000_000);
  });

  it('leaves no image without a name in the engine that tested it', async () => {
    const { config } = record(`hello/${arch}/image.json`);
    const found = await exec(
      {
        command: engine === 'podman' ? 'podman' : 'docker',
        args: ['image', 'inspect', '--format', '{{len .RepoTags}}', config.replace('sha256:', '')],
        ...(engine === 'buildkit' && { env: { DOCKER_HOST: process.env['DOCKYARD_TEST_DOCKER_HOST'] } }),
      },
      { reject: false },
    );
    // Somebody else may have it under a name.
    expect(found.exitCode === 0 ? found.stdout : 'gone').not.toBe('0');
  });

  it('comes from the cache where nothing changed', async () => {
    const result = await copy.nx(['image', 'hello']);
    expect(result.stdout).toContain('for 5 out of 5 tasks');
  });

  it('has an index that says which platforms it has', async () => {
    const output = join(copy.root, 'full');
    const index = await exportLayout({ workspace: copy.root, project: 'hello', output });
    expect(index.platforms.map((entry) => entry.platform)).toEqual([platform]);
    expect(index.missing).toEqual(['linux/amd64', 'linux/arm64'].filter((name) => name !== platform));
    expect((await readIndex(output)).descriptor.digest).toBe(index.digest);
  });

  it('is built to the same bytes from nothing, in another folder', async () => {
    const result = await copy.nx(['run', 'hello:reproduce']);
    expect(result.exitCode, result.stdout).toBe(0);
    const artifacts = record(`hello/${arch}/artifacts.json`).digest;
    expect(result.stdout).toMatch(new RegExp(`artifacts +${platform} +${artifacts} +${artifacts} +same$`, 'm'));
    expect(result.stdout).toContain('hello is reproducible');
  });

  it('can be built by two at once in one checkout', async () => {
    const args = ['run', `hello:compile:${arch}`, '--skip-nx-cache', '--exclude-task-dependencies'];
    const results = await Promise.all([copy.nx(args), copy.nx(args)]);
    expect(
      results.map(({ exitCode }) => exitCode),
      results[0].stdout + results[1].stdout,
    ).toEqual([0, 0]);
  });

  it('can be scaffolded under another name, and builds at once', async () => {
    const generated = await copy.nx(['g', '@dockyard/nx-images:image', 'boat']);
    expect(generated.exitCode, generated.stdout).toBe(0);
    const built = await copy.nx(['run-many', '-t', 'image', `test:${arch}`, '-p', 'boat']);
    expect(built.exitCode, built.stdout).toBe(0);
  });

  it('leaves no output of a compile that fails half-way, and says where and why', async () => {
    const path = join(copy.root, `dist/images/hello/${arch}/artifacts.json`);
    const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    copy.write('images/hello/hello.c', 'int main(void) { return answer; }\n');
    const result = await copy.nx(['image', 'hello']);
    expect(result.exitCode).not.toBe(0);
    expect(result.stdout).toMatch(/answer.*undeclared/);
    expect(result.stdout).toContain(`dist/images/hello/${arch}/artifacts.log`);
    // Of the last good build, or of none: never of this one.
    if (existsSync(path)) expect(readFileSync(path, 'utf8')).toBe(before);
  });
});
