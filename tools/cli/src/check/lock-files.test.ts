import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
}
type Dependencies = Readonly<Record<string, string>>;

const WORKSPACE = join(import.meta.dirname, '..', '..', '..', '..');
const FILES = globSync('{,tools/*/runtime/}package-lock.json', { cwd: WORKSPACE });

describe.each(FILES)('%s', (file) => {
  const { packages } = JSON.parse(readFileSync(join(WORKSPACE, file), 'utf8')) as {
    packages: Readonly<Record<string, Entry & { readonly optionalDependencies?: Dependencies }>>;
  };
  const downloaded = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && link !== true,
  );

  it('vouches for every tarball that npm would fetch by it', () => {
    expect(downloaded.length).toBeGreaterThan(100);
    const without = downloaded.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''));
    expect(without.map(([path]) => path)).toEqual([]);
  });

  // npm leaves out an optional one that it doesn't find, and says nothing.
  it('has all that is optional', () => {
    const optional = Object.keys(packages['']?.optionalDependencies ?? {});
    expect(optional.filter((name) => packages[`node_modules/${name}`] === undefined)).toEqual([]);
  });

  it('names no host that packages come from', () => {
    expect(downloaded.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});
