import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptReadings } from './kept-readings.ts';
import { readProject } from './project.ts';

const YAML = `image: boat
description: A boat
version: '1.2.3'
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64]
tags: ['{version}']
`;

let workspace: string;
let file: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-readings-'));
  file = join(workspace, 'kept', 'readings.json');
  writeFileSync(join(workspace, 'package-lock.json'), '{}');
  mkdirSync(join(workspace, 'images/boat'), { recursive: true });
  writeFileSync(join(workspace, 'images/boat/image.yaml'), YAML);
  writeFileSync(join(workspace, 'images/boat/Dockerfile'), 'ARG VERSION\nFROM dockyard/dock:${VERSION}\n');
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

function read(): ReturnType<typeof readProject> {
  const readings = keptReadings(file, workspace);
  const result = readProject(workspace, 'images/boat/image.yaml', 'dockyard', readings);
  readings.save();
  return result;
}

describe('kept readings', () => {
  it('are what the readers read', () => {
    const direct = readProject(workspace, 'images/boat/image.yaml');
    expect(direct.ok).toBe(true);
    expect(read()).toEqual(direct);
    expect(read()).toEqual(direct);
  });

  it('are taken from the file, which is not written again', () => {
    read();
    const marked = readFileSync(file, 'utf8').replaceAll('A boat', 'A kept boat');
    writeFileSync(file, marked);
    const { mtimeMs } = statSync(file);
    expect(read()).toMatchObject({ value: { definition: { description: 'A kept boat' } } });
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(join(workspace, 'kept'))).toEqual(['readings.json']);
  });

  it('keep mistakes as well', () => {
    writeFileSync(join(workspace, 'images/boat/image.yaml'), YAML.replace('homepage', 'hompage'));
    const first = read();
    expect(first.ok).toBe(false);
    expect(read()).toEqual(first);
  });

  it.each([
    ['the definition', 'images/boat/image.yaml', YAML.replace('1.2.3', '1.2.4'), 'dockyard/dock:1.2.4'],
    ['the Dockerfile', 'images/boat/Dockerfile', 'FROM dockyard/dock:2\n', 'dockyard/dock:2'],
  ])('are read anew where %s changes', (_, path, text, base) => {
    read();
    writeFileSync(join(workspace, path), text);
    expect(read()).toMatchObject({ value: { dockerfile: { stages: [{ base: { value: base } }] } } });
  });

  it('are read anew where a file changes that the definition extends', () => {
    writeFileSync(join(workspace, 'images/boat/image.yaml'), `${YAML.replace(/version.*\n/, '')}extends: line.yaml\n`);
    expect(read()).toMatchObject({ ok: false, diagnostics: [{ field: 'extends' }, {}] });
    writeFileSync(join(workspace, 'images/boat/line.yaml'), "version: '1.2.3'\n");
    const first = read();
    expect(first).toMatchObject({ value: { definition: { version: '1.2.3', tags: ['1.2.3'] } } });
    expect(read()).toEqual(first);
    writeFileSync(join(workspace, 'images/boat/line.yaml'), "version: '1.2.4'\n");
    expect(read()).toMatchObject({ value: { definition: { version: '1.2.4' } } });
    rmSync(join(workspace, 'images/boat/line.yaml'));
    expect(read().ok).toBe(false);
  });

  it('are read anew where the packages change, and only what is still used is kept', () => {
    read();
    const before = Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object);
    writeFileSync(join(workspace, 'package-lock.json'), '{"changed":true}');
    read();
    const after = Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object);
    expect(after).toHaveLength(before.length);
    expect(after.filter((key) => before.includes(key))).toEqual([]);
  });

  it.each(['', 'half a fil', '[1, 2]', 'null'])('do without a damaged file: %j', (text) => {
    const right = read();
    writeFileSync(file, text);
    expect(read()).toEqual(right);
    expect(read()).toEqual(right);
  });
});
