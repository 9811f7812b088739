import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  archSuffix,
  expandTemplate,
  formatPlatform,
  platformMistake,
  planTags,
  PLATFORMS,
  platformOfSuffix,
  projectName,
} from './index.ts';
import { formatDiagnostics, didYouMean } from '@dockyard/diagnostic';

describe('platforms', () => {
  it('have the suffixes of the design', () => {
    expect(PLATFORMS.map((platform) => archSuffix(platform))).toEqual([
      'amd64',
      'arm64',
      'armv7',
      '386',
      'ppc64le',
      's390x',
      'riscv64',
    ]);
  });

  it('come back from text and from suffix', () => {
    for (const name of PLATFORMS) {
      expect(platformMistake(name)).toBeUndefined();
      expect(platformOfSuffix(archSuffix(name))).toBe(name);
    }
    expect(formatPlatform({ os: 'linux', architecture: 'arm', variant: 'v7' })).toBe('linux/arm/v7');
    expect(formatPlatform({ os: 'linux', architecture: 'amd64' })).toBe('linux/amd64');
  });

  it('are refused with what is allowed', () => {
    expect(platformMistake('linux/x86_64')).toMatch(
      /^unknown platform "linux\/x86_64"; allowed: linux\/amd64, .* \(did you mean linux\/amd64\?\)$/,
    );
    expect(platformMistake('toString')).toMatch(/^unknown platform "toString"; allowed:/);
    expect(() => archSuffix('constructor')).toThrow(RangeError);
    expect(() => archSuffix('windows/amd64')).toThrow('unknown platform "windows/amd64"; allowed:');
    expect(() => platformOfSuffix('x64')).toThrow('unknown arch suffix "x64"; allowed: amd64, arm64, armv7');
  });
});

describe('templates', () => {
  it('are filled in where a value is known', () => {
    expect(expandTemplate('a-{version}-{arch}-{version}', { version: '1' })).toBe('a-1-{arch}-1');
    expect(expandTemplate('{arch}{constructor}{}', { arch: 'armv7' })).toBe('armv7{constructor}{}');
  });
});

describe('project names', () => {
  it('come from the folder', () => {
    expect(projectName('images/redis')).toBe('redis');
    expect(projectName('images/php/8.4')).toBe('php-8.4');
    expect(projectName('images/php/8.4/')).toBe('php-8.4');
  });

  it.each(['', 'images', 'images/', 'libs/redis', 'images/a/b/c', '/images/a'])('refuse the folder %j', (root) => {
    expect(() => projectName(root)).toThrow(RangeError);
  });

  it.each(['x$(id)', 'a b', 'a\nb', '-p', '.git', '..', 'Redis', 'é', 'a;id', 'a`id`', "a'", 'a:b', '*', ''])(
    'refuse the name %j',
    (name) => {
      expect(() => projectName(`images/${name}`)).toThrow(RangeError);
      expect(() => projectName(`images/php/${name}x$`)).toThrow(RangeError);
    },
  );
});

describe('tags', () => {
  it('are planned once each', () => {
    expect(planTags({ tags: ['13', '13', 'latest'] })).toEqual(['13', 'latest']);
  });
});

describe('suggestions', () => {
  it('are near, or none', () => {
    expect(didYouMean('platfroms', ['platforms', 'packages'])).toBe('platforms');
    expect(didYouMean('RNU', ['RUN', 'ENV'])).toBe('RUN');
    expect(didYouMean('xyz', ['platforms', 'tags'])).toBeUndefined();
    expect(didYouMean('x'.repeat(10_000), ['x'.repeat(9999)])).toBeUndefined();
  });

  it('find a word with one edit', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,12}$/), fc.nat(), (word, at) => {
        const cut = at % word.length;
        expect(didYouMean(word.slice(0, cut) + word.slice(cut + 1), [word])).toBe(word);
      }),
    );
  });
});

describe('diagnostics', () => {
  it('are written with their place, field and fix', () => {
    expect(
      formatDiagnostics([
        { file: 'a', line: 1, column: 2, field: 'f', message: 'm', fix: 'x\ny' },
        { file: 'b', line: 3, column: 4, message: 'n' },
      ]),
    ).toBe('a:1:2  f: m\n    x\n    y\nb:3:4  n');
  });
});
