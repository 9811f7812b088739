import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuildUse, ownInputs, packageLockOf, sourcesOf } from './inputs.ts';
import { findDefinitions, type Project, readProject } from './project.ts';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-inputs-'));
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
}

const definition = (extra = ''): string => `image: redis
description: A store
version: "8.0.2"
licenses: MIT
homepage: https://redis.io
platforms: [linux/amd64, linux/arm64]
tags: ["{version}"]
${extra}`;

function read(root = 'images/redis'): Project {
  const result = readProject(workspace, `${root}/image.yaml`);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

function patterns(project: Project, use: BuildUse, platform: string): string[] {
  const { files, context } = ownInputs(project, use, platform);
  return [...files, ...context];
}

describe('the inputs of a build', () => {
  it('keeps what the image copies out of what the compile reads, and the other way round', () => {
    write({
      'images/redis/image.yaml': definition(),
      'images/redis/compile.Dockerfile': 'FROM scratch\nCOPY patches/ /patches/\n',
      'images/redis/Dockerfile': 'FROM scratch\nCOPY rootfs/ /\nCOPY --from=artifacts / /\n',
    });
    const project = read();
    expect(patterns(project, 'compile', 'linux/amd64')).toEqual([
      'images/redis/compile.Dockerfile',
      'images/redis/patches',
      'images/redis/patches/**/*',
    ]);
    expect(patterns(project, 'image', 'linux/amd64')).toEqual([
      'images/redis/Dockerfile',
      'images/redis/rootfs',
      'images/redis/rootfs/**/*',
    ]);
  });

  it('names the lock of the one platform only', () => {
    write({
      'images/redis/image.yaml': definition('packages: { suite: trixie, compile: [libssl-dev] }'),
      'images/redis/compile.Dockerfile': 'FROM scratch\n',
      'images/redis/Dockerfile': 'FROM scratch\n',
    });
    const project = read();
    expect(patterns(project, 'compile', 'linux/arm64')).toContain('images/redis/packages/compile.arm64.json');
    expect(patterns(project, 'compile', 'linux/arm64')).not.toContain('images/redis/packages/compile.amd64.json');
    expect(packageLockOf(project, 'image', 'linux/arm64')).toBeUndefined();
  });

  it('reads sources only where a Dockerfile names them, and only those of the platform', () => {
    const digest = 'a'.repeat(64);
    write({
      'images/redis/image.yaml': definition(`sources:
  - { file: tool.tgz, urls: ["https://example.org/{arch}.tgz"], sha256: "${digest}", platforms: [linux/arm64] }`),
      'images/redis/compile.Dockerfile': 'FROM scratch\nCOPY --from=sources / /\n',
      'images/redis/Dockerfile': 'FROM scratch\n',
    });
    const project = read();
    expect(sourcesOf(project, 'compile', 'linux/amd64')).toEqual([]);
    expect(sourcesOf(project, 'compile', 'linux/arm64')).toMatchObject([
      { file: 'tool.tgz', urls: ['https://example.org/arm64.tgz'] },
    ]);
    expect(sourcesOf(project, 'image', 'linux/arm64')).toEqual([]);
  });

  it('lets release lines share a Dockerfile', () => {
    write({
      'images/redis/8.0/image.yaml': definition(),
      'images/redis/Dockerfile': 'FROM scratch\nCOPY shared.conf /\n',
      'images/redis/shared.conf': 'x',
    });
    const project = read('images/redis/8.0');
    expect(project.project).toBe('redis-8.0');
    expect(patterns(project, 'image', 'linux/amd64')).toEqual(
      expect.arrayContaining(['images/redis/Dockerfile', 'images/redis/8.0/shared.conf', 'images/redis/shared.conf']),
    );
  });

  it('lets variants share a definition, and the locks and keys of what it declares', () => {
    const signed = `urls: ["https://example.org/x"], sha256: "${'a'.repeat(64)}", signature: { urls: ["https://example.org/x.asc"], key: key.asc }`;
    write({
      'images/redis/redis.yaml': definition(`packages: { suite: trixie, image: [libssl3] }
sources:
  - { file: redis.tgz, ${signed} }`),
      'images/redis/8.0/image.yaml': 'extends: ../redis.yaml\n',
      'images/redis/8.0-slim/image.yaml': 'extends: ../redis.yaml\nvariant: slim\npackages: { image: [libc6] }\n',
      'images/redis/Dockerfile': 'ARG VARIANT=full\nFROM dockyard/base:${VARIANT}\nCOPY . /\n',
      'images/redis/compile.Dockerfile': 'FROM scratch\nCOPY --from=sources / /\n',
    });
    const [full, slim] = [read('images/redis/8.0'), read('images/redis/8.0-slim')];
    expect(packageLockOf(full, 'image', 'linux/amd64')).toBe('images/redis/packages/image.amd64.json');
    expect(packageLockOf(slim, 'image', 'linux/amd64')).toBe('images/redis/8.0-slim/packages/image.amd64.json');
    expect(patterns(slim, 'compile', 'linux/amd64')).toContain('images/redis/key.asc');
    expect([full, slim].map(({ dockerfile }) => dockerfile.stages.at(-1)?.base.value)).toEqual([
      'dockyard/base:full',
      'dockyard/base:slim',
    ]);
    expect(patterns(full, 'image', 'linux/amd64')).toContain('!images/redis/*.yaml');
  });

  it('leave out what a COPY of everything leaves out, and what .dockerignore names', () => {
    write({
      'images/redis/image.yaml': definition('packages: { suite: trixie, image: [libssl3] }'),
      'images/redis/.dockerignore': 'docs\nDockerfile\n**/*.json\n{a,b}\n',
      'images/redis/Dockerfile': 'FROM scratch\nCOPY . /\nCOPY README.md /\n',
    });
    const inputs = patterns(read(), 'image', 'linux/amd64');
    expect(inputs.slice(0, 4)).toEqual([
      'images/redis/Dockerfile',
      'images/redis/packages/image.amd64.json',
      'images/redis/.dockerignore',
      'images/redis/**/*',
    ]);
    expect(inputs).toEqual(
      expect.arrayContaining([
        '!images/redis/docs',
        '!images/redis/docs/**/*',
        '!images/redis/image.yaml',
        '!images/redis/**/*.test.ts',
        '!images/redis/packages/image.arm64.json',
        '!images/redis/packages/compile.amd64.json',
      ]),
    );
    // Needed for another reason, or matching more to Nx than to the engine.
    for (const kept of ['README.md', 'Dockerfile', '**/*.json', 'packages/image.amd64.json', '{a,b}']) {
      expect(inputs).not.toContain(`!images/redis/${kept}`);
    }
  });

  it('never match less than what is copied, where Nx reads a pattern in another way', () => {
    write({
      'images/redis/image.yaml': definition(),
      'images/redis/Dockerfile': 'FROM scratch\nCOPY conf/{a,b}@1 /\n',
    });
    expect(patterns(read(), 'image', 'linux/amd64')).toContain('images/redis/conf/?a,b??1');
  });

  it('refuses a definition that lies too deep, in its own words', () => {
    write({ 'images/a/b/c/image.yaml': definition(), 'images/a/b/c/Dockerfile': 'FROM scratch\n' });
    expect(readProject(workspace, 'images/a/b/c/image.yaml')).toMatchObject({
      ok: false,
      diagnostics: [
        { message: 'found a definition in images/a/b/c; allowed: images/<image> and images/<image>/<line>' },
      ],
    });
  });

  it('refuses links in place of what is read, each with its target', () => {
    const signed = `urls: ["https://example.org/x"], sha256: "${'a'.repeat(64)}", signature: { urls: ["https://example.org/x.asc"], key: key.asc }`;
    const files = {
      'images/redis/8/image.yaml': 'extends: ../redis.yaml\n',
      'images/redis/redis.yaml': definition(`packages: { suite: trixie, image: [libc6] }
sources:
  - { file: redis.tgz, ${signed} }`),
      'images/redis/Dockerfile': 'FROM scratch\n',
      'images/redis/compile.Dockerfile': 'FROM scratch\nCOPY --from=sources / /\n',
      'images/redis/.dockerignore': 'docs\n',
      'images/redis/packages/image.amd64.json': '{}',
      'images/redis/key.asc': 'key',
    };
    write(files);
    expect(read('images/redis/8').project).toBe('redis-8');
    for (const path of [...Object.keys(files), 'images/redis/8/Dockerfile', 'images/redis/packages']) {
      const [from, aside] = [join(workspace, path), join(workspace, 'aside')];
      const isThere = existsSync(from);
      if (isThere) renameSync(from, aside);
      symlinkSync('../../aside', from);
      expect(readProject(workspace, 'images/redis/8/image.yaml'), path).toMatchObject({
        ok: false,
        diagnostics: [
          { file: path, line: 1, message: 'found a symbolic link to ../../aside; allowed: a file of its own' },
        ],
      });
      rmSync(from);
      if (isThere) renameSync(aside, from);
    }
    rmSync(join(workspace, 'images/redis/8/image.yaml'));
    symlinkSync('../redis.yaml', join(workspace, 'images/redis/8/image.yaml'));
    expect(findDefinitions(workspace)).toEqual(['images/redis/8/image.yaml']);
  });

  it.each(['.containerignore', 'Dockerfile.dockerignore', 'compile.Dockerfile.containerignore'])(
    'refuses %s, which no build of ours obeys',
    (name) => {
      write({ 'images/redis/8/image.yaml': definition(), 'images/redis/Dockerfile': 'FROM scratch\n' });
      expect(readProject(workspace, 'images/redis/8/image.yaml').ok).toBe(true);
      write({ [`images/redis/${name}`]: '' });
      expect(readProject(workspace, 'images/redis/8/image.yaml')).toMatchObject({
        ok: false,
        diagnostics: [{ file: `images/redis/${name}`, fix: 'move its patterns to the .dockerignore beside it' }],
      });
    },
  );

  it('says where a Dockerfile is missing', () => {
    write({ 'images/redis/image.yaml': definition() });
    expect(readProject(workspace, 'images/redis/image.yaml')).toMatchObject({
      ok: false,
      diagnostics: [{ file: 'images/redis/image.yaml', line: 1 }],
    });
  });
});
