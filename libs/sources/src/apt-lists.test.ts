import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, type CommandResult } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEYRING, readLists } from './apt-lists.ts';
import type { AptRoot } from './apt-root.ts';
import { findDebianMirrors } from './debian-mirrors.ts';

let dir: string;
let file: string;
/** What was in `sources.list` at each update, without apt's options. */
let updates: string[][];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'apt-lists-test-'));
  file = join(dir, 'sources.list');
  updates = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const lines = async (): Promise<string[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(`deb [arch=arm64 signed-by=${KEYRING}] `, ''));

/** An apt that fails while its sources name one of these. */
function aptWithout(...broken: string[]): AptRoot {
  return {
    run: async (command, args): Promise<CommandResult> => {
      const now = await lines();
      updates.push(now);
      const bad = now.filter((line) => broken.some((one) => line.includes(one)));
      const stderr = bad.map((line) => `E: no ${line}`).join('\n');
      if (bad.length > 0) throw new CommandError({ command, args }, { exitCode: 100, stderr });
      return { stdout: '', stderr: '', exitCode: 0 };
    },
    setStatus: () => Promise.resolve(),
  };
}
const read = async (apt: AptRoot, suite: string, ...mirrors: string[]): Promise<string[]> => {
  const noApt = (): never => expect.unreachable();
  await readLists(apt, file, { suite, architecture: 'arm64', mirrors: await findDebianMirrors(noApt, { mirrors }) });
  return lines();
};
const A = 'https://a.example/debian/';
const B = 'https://b.example/debian/';
const of = (base: string): string[] => [`${base} trixie main`, `${base} trixie-updates main`];

describe('the lists of a suite', () => {
  it('are those of the definition, its updates and its security updates, read at one go', async () => {
    const expected = [...of(A), 'https://a.example/debian-security/ trixie-security main'];
    expect(await read(aptWithout(), 'trixie', A)).toEqual(expected);
    expect(updates).toEqual([expected]);
  });

  it('come from the next mirror where one does not give them, and from no other', async () => {
    const expected = [...of(B), 'https://b.example/debian-security/ trixie-security main'];
    expect(await read(aptWithout('a.example'), 'trixie', A, B)).toEqual(expected);
  });

  it('have no updates where the suite is the one in development', async () => {
    expect(await read(aptWithout(), 'sid', A)).toEqual([`${A} sid main`]);
  });

  it('are never without the security updates', async () => {
    await expect(read(aptWithout('security'), 'trixie', A)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^The package lists of the security updates of Debian trixie \(arm64\) can't be read:\nfrom https:\/\/a\.example\/debian-security\/\n {2}E: no /,
      ) as string,
      hint: expect.stringContaining('DOCKYARD_DEBIAN_MIRROR="https://…/debian https://…/debian-security"') as string,
    });
  });

  it('are an error where no mirror is named', async () => {
    await expect(read(aptWithout(), 'trixie', 'https://a.example/debian-security')).rejects.toThrow(
      "The package lists of Debian trixie (arm64) can't be read:\nno mirror is named",
    );
  });
});
