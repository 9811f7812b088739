import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { formatLock } from '@dockyard/sources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedPackages, renderPackages } from './changed-packages.ts';

let dir: string;
const git = async (...args: string[]): Promise<string> => (await runGit(exec, dir, args)).stdout;
const FOLDER = 'images/php/8.4/packages';
async function commit(file: string, versions: Record<string, string>): Promise<string> {
  const packages = Object.entries(versions).map(([name, version]) => ({
    name,
    version,
    architecture: 'amd64',
    path: `pool/main/${name}.deb`,
    size: 1,
    sha256: 'ab'.repeat(32),
  }));
  await mkdir(join(dir, FOLDER), { recursive: true });
  await writeFile(join(dir, FOLDER, file), formatLock({ suite: 'trixie', architecture: 'amd64', packages }));
  await git('add', '.');
  await git('-c', 'user.name=T', '-c', 'user.email=t@example.org', 'commit', '--quiet', '--message=x');
  return git('rev-parse', 'HEAD');
}
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'changed-packages-'));
  await git('init', '--quiet');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('the packages that a change touches', () => {
  it('are those that came, went or have another version, in old locks and new ones', async () => {
    const base = await commit('image.amd64.json', { same: '1', raised: '1', gone: '1' });
    await commit('image.amd64.json', { same: '1', raised: '2', come: '3' });
    await commit('compile.amd64.json', { come: '3' });
    expect(renderPackages(await changedPackages(exec, dir, base, 'HEAD'))).toBe(`
### Debian packages

- \`come\` added, 3 (\`${FOLDER}/compile.amd64.json\`, \`${FOLDER}/image.amd64.json\`)
- \`gone\` removed, 1 (\`${FOLDER}/image.amd64.json\`)
- \`raised\` 1 → 2 (\`${FOLDER}/image.amd64.json\`)
`);
    expect(renderPackages(await changedPackages(exec, dir, 'HEAD', 'HEAD'))).toBe('');
  });
});
