import { readDefinition } from '@dockyard/definition';
import { logger, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import lineGenerator from './line.ts';

const COMMON = `image: php
description: PHP
licenses: PHP-3.01
homepage: https://www.php.net
platforms: [linux/amd64]
`;
const LINE = (line: string, version: string, rest = '', sha256 = 'ab'.repeat(32)): string => `# The line.
version: '${version}' # upstream's
sources:
  - file: php.tar.xz
    urls: ['https://www.php.net/distributions/php-{version}.tar.xz']
    sha256: '${sha256}'
  # Another program.
  - { file: pear.tgz, urls: ['npm:pear@1.0.0'], sha512: '${'cd'.repeat(64)}' }
update: { datasource: github-tags, package: php/php-src, allowed: '~${line}' } # stays here
${rest}`;

/** No digest of the older line's is one of the new version; that of a file which doesn't follow the version stays. */
const UNKNOWN = '0'.repeat(64);

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
});
const text = (file: string): string => tree.read(file, 'utf8') ?? '';
const files = (folder: string): string[] =>
  tree.isFile(folder) ? [folder] : tree.children(folder).flatMap((name) => files(`${folder}/${name}`));
const tags = (file: string): readonly string[] => {
  const result = readDefinition(text(file), file, (path) => tree.read(path, 'utf8') ?? undefined);
  return result.ok ? result.value.tags : [JSON.stringify(result.diagnostics)];
};

describe('a new release line', () => {
  beforeEach(() => {
    const own = (line: string, version: string, more: string): string =>
      `${COMMON}${LINE(line, version, `endOfLife: '2029-12-31' # of ${line}\n`)}tags: ['{version}', '{major}.{minor}'${more}]\n`;
    tree.write('images/php/8.4/image.yaml', own('8.4', '8.4.9', ''));
    tree.write('images/php/8.10/image.yaml', own('8.10', '8.10.2', ", '{major}', latest"));
    tree.write('images/php/8.10/php.test.ts', 'expect(version).toBe("8.10");\n');
    tree.write('images/php/Dockerfile', 'FROM scratch\n');
  });

  it('is the newest one but for its version, and leaves the tags that are taken where they are', () => {
    lineGenerator(tree, { image: 'php', line: '8.11' });
    expect(files('images/php/8.11')).toEqual(['images/php/8.11/image.yaml', 'images/php/8.11/php.test.ts']);
    expect(text('images/php/8.11/image.yaml')).toBe(
      `${COMMON}${LINE('8.11', '8.11.0', '', UNKNOWN)}tags: ['{version}', '{major}.{minor}']\n`,
    );
    expect(tags('images/php/8.10/image.yaml')).toEqual(['8.10.2', '8.10', '8', 'latest']);
  });

  it('says what is left to write before anything is built', () => {
    const own = text('images/php/8.10/image.yaml');
    tree.write('images/php/8.10/image.yaml', `${own}packages: { suite: trixie, image: [netbase] }\n`);
    const info = vi.spyOn(logger, 'info').mockImplementation(() => undefined);
    lineGenerator(tree, { image: 'php', line: '8.11' })();
    const said = String(info.mock.lastCall?.[0]);
    info.mockRestore();
    expect(said).toContain(
      `Then:
  npm run sources -- --update images/php/8.11/image.yaml   # digests of the new version, zeros until then
  npm run lock php-8.11   # its Debian packages
`,
    );
  });

  it('takes those tags with --latest, and has the version that is asked for', () => {
    lineGenerator(tree, { image: 'php', line: '9.0', release: '9.0.1', latest: true });
    expect(tags('images/php/9.0/image.yaml')).toEqual(['9.0.1', '9.0', '9', 'latest']);
    expect(tags('images/php/8.10/image.yaml')).toEqual(['8.10.2', '8.10', '8']);
  });

  it('is the one that was typed, though Nx hands over a number', () => {
    const { argv } = process;
    process.argv = [...argv, 'g', '@dockyard/nx-images:line', 'php', '8.20'];
    try {
      lineGenerator(tree, { image: 'php', line: 8.2 });
    } finally {
      process.argv = argv;
    }
    expect(files('images/php/8.20')).toHaveLength(2);
  });

  it.each([
    [{ image: 'php', line: '8.4' }, 'images/php/8.4 is there already'],
    [{ image: 'php', line: 'next' }, 'no release line'],
    [{ image: 'pph', line: '8.6' }, 'There is no image pph'],
    [{ image: 'one', line: '2' }, 'one has no release lines'],
  ])('is refused: %o', (options, message) => {
    tree.write('images/one/image.yaml', COMMON);
    expect(() => lineGenerator(tree, options)).toThrow(message);
  });
});

describe('a new release line of definitions that extend files', () => {
  it('has its own file and variants', () => {
    tree.write('images/php/php.yaml', COMMON);
    tree.write('images/php/8.4.yaml', `extends: php.yaml\n${LINE('8.4', '8.4.9')}`);
    tree.write('images/php/8.4/image.yaml', "extends: ../8.4.yaml\ntags: ['{version}', latest]\n");
    tree.write(
      'images/php/8.4-fpm/image.yaml',
      "extends: ../8.4.yaml # shared\nvariant: fpm\ntags: ['{version}-fpm', 8.4-fpm, fpm]\n",
    );
    lineGenerator(tree, { image: 'php', line: '8.5' });
    expect(
      files('images/php')
        .filter((file) => file.includes('8.5'))
        .sort(),
    ).toEqual(['images/php/8.5-fpm/image.yaml', 'images/php/8.5.yaml', 'images/php/8.5/image.yaml']);
    expect(text('images/php/8.5.yaml')).toBe(`extends: php.yaml\n${LINE('8.5', '8.5.0', '', UNKNOWN)}`);
    expect(text('images/php/8.5-fpm/image.yaml')).toBe(
      "extends: ../8.5.yaml # shared\nvariant: fpm\ntags: ['{version}-fpm', 8.5-fpm]\n",
    );
    expect(tags('images/php/8.5/image.yaml')).toEqual(['8.5.0']);
  });
});
