import { describe, expect, it } from 'vitest';
import { fileOf, readDefinition, type Definition } from './index.ts';
import { formatDiagnostics } from '@dockyard/diagnostic';

const FILE = 'images/php/8.4-fpm/image.yaml';
const LINE = 'images/php/8.4.yaml';
const ALL = 'images/php/php.yaml';

const FILES: Readonly<Record<string, string>> = {
  [FILE]: `extends: ../8.4.yaml
variant: fpm
packages: { image: [libfpm] }
tags: ["{version}-{variant}", fpm]
`,
  [LINE]: `extends: php.yaml
version: "8.4.14"
sources:
  - { file: php.tar.xz, urls: ["https://php.example/php-{version}.tar.xz"], sha256: "${'ab'.repeat(32)}" }
`,
  [ALL]: `image: php
description: A language
licenses: PHP-3.01
homepage: https://php.example
platforms: [linux/amd64, linux/arm64]
packages: { suite: trixie, image: [libxml2, libcurl4], compile: [libxml2-dev] }
tags: [latest]
`,
};

function read(changes: Readonly<Record<string, string | undefined>> = {}): ReturnType<typeof readDefinition> {
  const files = { ...FILES, ...changes };
  return readDefinition(files[FILE] ?? '', FILE, (path) => files[path]);
}

function good(changes: Readonly<Record<string, string>> = {}): Definition {
  const result = read(changes);
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
  return result.value;
}

function bad(changes: Readonly<Record<string, string | undefined>>): string {
  const result = read(changes);
  return result.ok ? 'no mistake found' : formatDiagnostics(result.diagnostics);
}

/** A file with one piece of it replaced. */
function changed(file: string, piece: string, replacement: string): Record<string, string> {
  const text = FILES[file] ?? '';
  if (!text.includes(piece)) throw new Error(`${file} does not hold ${piece}`);
  return { [file]: text.replace(piece, replacement) };
}

describe('a definition that extends files', () => {
  it('is read as one: mappings field by field, lists and scalars as the nearest file has them', () => {
    expect(good()).toMatchObject({
      file: FILE,
      extends: [LINE, ALL],
      image: 'php',
      variant: 'fpm',
      description: 'A language',
      version: '8.4.14',
      licenses: 'PHP-3.01',
      homepage: 'https://php.example',
      platforms: ['linux/amd64', 'linux/arm64'],
      emulate: false,
      sources: [
        {
          file: 'php.tar.xz',
          urls: ['https://php.example/php-8.4.14.tar.xz'],
          digest: { algorithm: 'sha256', hex: 'ab'.repeat(32) },
        },
      ],
      packages: { suite: 'trixie', image: ['libfpm'], compile: ['libxml2-dev'] },
      tags: ['8.4.14-fpm', 'fpm'],
    });
  });

  it('says in which file each field stands', () => {
    const definition = good();
    expect(definition.positions).toMatchObject({
      image: { file: ALL, line: 1, column: 8 },
      version: { file: LINE, line: 2, column: 10 },
      'sources[0]': { file: LINE, line: 4 },
      packages: { file: FILE, line: 3 },
      'tags[1]': { file: FILE, line: 4 },
      'platforms[1]': { file: ALL, line: 5 },
    });
    expect(['version', 'packages', 'licenses', 'update'].map((field) => fileOf(definition, field))).toEqual([
      LINE,
      FILE,
      ALL,
      FILE,
    ]);
  });

  it('fills templates in after merging', () => {
    const tags = ['tags: [latest]', 'tags: ["{major}-{variant}"]'] as const;
    const changes = { ...changed(FILE, 'tags: ["{version}-{variant}", fpm]\n', ''), ...changed(ALL, ...tags) };
    expect(good(changes).tags).toEqual(['8-fpm']);
  });

  it('names the file and the line of a mistake, wherever it stands', () => {
    const message = bad({ ...changed(ALL, 'linux/arm64', 'linux/arm'), ...changed(FILE, 'variant', 'varaint') });
    expect(message.split('\n').map((line) => line.replace(/; allowed: .*/, ''))).toEqual([
      `${FILE}:2:1  varaint: unknown field "varaint"`,
      '    did you mean variant?',
      `${FILE}:4:8  tags[0]: {variant} stands for nothing: the definition has no variant`,
      '    write variant: <name>, or take it out here',
      `${ALL}:5:26  platforms[1]: found "linux/arm"`,
      '    did you mean linux/arm/v7?',
    ]);
    expect(bad(changed(ALL, 'suite: trixie, ', ''))).toContain(`${FILE}:3:11  packages.suite: is missing`);
    expect(bad(changed(ALL, 'compile:', 'compiles:'))).toContain(`${ALL}:6:56  packages.compiles: unknown field`);
    expect(bad(changed(LINE, '"8.4.14"', '8.4'))).toContain(`${LINE}:2:10  version: found the number 8.4`);
    expect(bad(changed(ALL, 'image: php\n', ''))).toContain(`${FILE}:1:1  image: is missing`);
    expect(bad(changed(LINE, 'version:', 'version: "1"\nversion:'))).toContain(
      `${LINE}:3:1  this field is written twice`,
    );
    expect(bad(changed(FILE, 'variant: fpm', 'variant: Fpm'))).toContain(
      `${FILE}:2:10  variant: found "Fpm"; allowed: a short name`,
    );
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    [
      'is absent',
      { [LINE]: undefined },
      `${FILE}:1:10  extends: ${LINE} is no file that can be read\n    write ${LINE}`,
    ],
    ['is no YAML', { [LINE]: 'a: [' }, `${LINE}:1:5  YAML: `],
    ['is empty', { [LINE]: '' }, `${LINE}:1:1  found no fields; allowed: a mapping of fields`],
    ['is a list', { [LINE]: '- a' }, `${LINE}:1:1  found a list; allowed: a mapping of fields`],
    [
      'extends itself',
      changed(LINE, 'php.yaml', '8.4.yaml'),
      `${LINE}:1:10  extends: cycle: ${LINE} → ${LINE}\n    let one of them extend nothing`,
    ],
    [
      'is extended by what it extends',
      { [ALL]: `extends: 8.4.yaml\n${FILES[ALL] ?? ''}` },
      `${ALL}:1:10  extends: cycle: ${LINE} → ${ALL} → ${LINE}`,
    ],
    [
      'lies in the folder of a line',
      changed(FILE, '../8.4.yaml', 'more.yaml'),
      `${FILE}:1:10  extends: found "more.yaml", which is images/php/8.4-fpm/more.yaml; allowed: a YAML file in images/php`,
    ],
    [
      'lies in no folder of the image',
      { ...changed(LINE, 'php.yaml', '../redis.yaml'), 'images/redis.yaml': FILES[ALL] },
      `${LINE}:1:10  extends: found "../redis.yaml", which is images/redis.yaml; allowed:`,
    ],
    ['is a definition', changed(FILE, '../8.4.yaml', '../image.yaml'), 'that is no image.yaml'],
    ['lies further away', changed(FILE, '../8.4.yaml', '../../x.yaml'), 'extends: found "../../x.yaml"; allowed: the'],
    ['is named absolutely', changed(FILE, '../8.4.yaml', '/etc/x.yaml'), 'extends: found "/etc/x.yaml"; allowed: the'],
    ['has no name', changed(FILE, '../8.4.yaml', '[a, b]'), 'extends: found a list; allowed: the relative path'],
    ['is nothing', changed(FILE, '../8.4.yaml', ''), 'extends: found nothing; allowed: the relative path'],
  ])('refuses one that %s', (_, changes, message) => {
    expect(bad(changes)).toContain(message);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'another version',
      changed(FILE, 'variant', 'version: "8.4.15"\nvariant'),
      `${FILE}:2:1  version: found beside version`,
    ],
    [
      'what announces it',
      changed(ALL, 'image', 'update: { datasource: npm, package: php }\nimage'),
      `${ALL}:1:1  update:`,
    ],
    ['its sources', changed(FILE, 'variant', 'sources: []\nvariant'), `${FILE}:2:1  sources:`],
  ])('has its version in one file with all that changes with it, and not %s in another', (_, changes, message) => {
    expect(bad(changes)).toContain(message);
    expect(bad(changes)).toContain(`in ${LINE}; allowed: version, update, sources in one file`);
  });

  it('survives mappings within themselves', () => {
    const own = (file: string): Record<string, string> => ({ [file]: `${FILES[file] ?? ''}update: &a { x: *a }\n` });
    expect(bad({ ...own(FILE), ...own(LINE) })).toContain('update.datasource: is missing');
  });
});
