import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exec, exec } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mirrorsOfApt } from './apt-mirrors.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'apt-mirrors-test-'));
  await mkdir(join(dir, 'lists/partial'), { recursive: true });
  await chmod(dir, 0o755);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** This machine's apt, with other sources and no lists: as in a container image. */
async function aptWith(files: Readonly<Record<string, string>>): Promise<Exec> {
  await mkdir(join(dir, 'sources'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, 'sources', name), text);
  const config = join(dir, 'apt.conf');
  await writeFile(
    config,
    `Dir::State::lists "${dir}/lists";\nDir::Etc::sourcelist "${dir}/none";\nDir::Etc::sourceparts "${dir}/sources";\n`,
  );
  return (command, options) => exec({ ...command, env: { ...command.env, APT_CONFIG: config } }, options);
}

describe('the mirrors of an apt that has never read lists', () => {
  it('are told from both kinds of source file, and nothing is written', async () => {
    const apt = await aptWith({
      'a.list':
        'deb [arch=amd64] http://one.example/debian trixie main\n# deb http://no.example/debian trixie main\ndeb http://flat.example/debian ./\n',
      'b.sources':
        'Types: deb\nURIs: https://two.example/debian-security\nSuites: trixie-security\nComponents: main\n\nTypes: deb\nEnabled: no\nURIs: https://no.example/debian\nSuites: trixie\nComponents: main\n',
      'c.sources': 'Types: deb\nURIs: https://vendor.example/stable\nSuites: nodistro\nComponents: main\n',
    });
    expect((await mirrorsOfApt(apt)).sort((one, other) => (one.uri < other.uri ? -1 : 1))).toEqual([
      { uri: 'http://one.example/debian/', archive: 'main' },
      { uri: 'https://two.example/debian-security/', archive: 'security' },
    ]);
    expect(await readdir(join(dir, 'lists'))).toEqual(['partial']);
  });

  it('are those of the file that a cloud image names', async () => {
    await writeFile(join(dir, 'mirrors.list'), 'https://one.example/debian\nhttp://two.example/debian/\tpriority:2\n');
    const source = (suites: string): string =>
      `Types: deb\nURIs: mirror+file:${dir}/mirrors.list\nSuites: ${suites}\nComponents: main\n`;
    expect(await mirrorsOfApt(await aptWith({ 'debian.sources': source('trixie') }))).toEqual([
      { uri: 'https://one.example/debian/', archive: 'main' },
      { uri: 'http://two.example/debian/', archive: 'main' },
    ]);
  });

  it('are none where it has no sources', async () => {
    expect(await mirrorsOfApt(await aptWith({}))).toEqual([]);
  });
});
