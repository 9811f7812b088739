import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, withTemporaryDirectory } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { diskScript } from './disk.ts';

interface Image {
  readonly names: readonly string[];
  readonly megabytes: number;
  /** Order of the last uses, 1 for the newest; never where it is absent. */
  readonly used?: number;
  /** Within the last hour. */
  readonly recent?: true;
  readonly container?: true;
}

/** Names of the programs that the script meets, and what they do with a folder `images`: a file for each, of its size, and of its names. */
const PROGRAMS: Readonly<Record<string, string>> = {
  runuser: 'while [ "$1" != podman ]; do shift; done\nexec "$@"',
  id: 'echo 998',
  systemctl: 'echo "systemctl $*"',
  df: 'echo Avail; echo 90000000000',
  du: 'cat "$STATE"/images/*.size 2>/dev/null | awk \'{ sum += $1 } END { printf "%d\\ttotal\\n", sum * 1000000 }\'',
  journalctl: 'case "$*" in *"1 hour"*) cat "$STATE"/recent ;; *) cat "$STATE"/used ;; esac',
  podman: `cd "$STATE"/images
case "$1 $2" in
  'image ls') for id in *.names; do while read -r name; do echo "image sha256:\${id%.names} $name"; done <"$id"; done ;;
  'image inspect') for last; do :; done; tr '\\n' ' ' <"$last.names" ;;
  'ps --all') cat "$STATE"/containers ;;
  'image rm')
    if [ -e "$3.names" ]; then [ "$(grep -c . "$3.names")" -le 1 ] || exit 125; rm "$3".*; exit 0; fi
    file=$(grep -lxF "$3" *.names) || exit 1
    grep -vxF "$3" "$file" >left || true
    if [ -s left ]; then mv left "$file"; else rm left "\${file%.names}".*; fi ;;
esac`,
};

/** Runs the script on a host with these images, and says which are left. */
async function run(budgetMegabytes: number, images: Readonly<Record<string, Image>>): Promise<string[]> {
  return await withTemporaryDirectory('/tmp', 'dockyard-disk-', async (state) => {
    const bin = join(state, 'bin');
    await mkdir(bin);
    await mkdir(join(state, 'images'));
    await mkdir(join(state, 'run'));
    for (const [name, text] of Object.entries(PROGRAMS))
      await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const entries = Object.entries(images);
    for (const [id, { names, megabytes }] of entries) {
      await writeFile(join(state, 'images', `${id}.names`), names.map((name) => `${name}\n`).join(''));
      await writeFile(join(state, 'images', `${id}.size`), `${String(megabytes)}\n`);
    }
    const lines = (of: readonly [string, Image][]): string => of.map(([, { names }]) => `${names[0] ?? ''}\n`).join('');
    const used = entries
      .filter(([, { used }]) => used !== undefined)
      .sort((a, b) => Number(a[1].used) - Number(b[1].used));
    await writeFile(join(state, 'used'), lines(used));
    await writeFile(join(state, 'recent'), lines(entries.filter(([, { recent }]) => recent)));
    await writeFile(
      join(state, 'containers'),
      entries.flatMap(([id, { container }]) => (container ? [`${id}\n`] : [])).join(''),
    );
    const script = diskScript({
      disk: { budget: budgetMegabytes * 1e6, reserve: 1e9, days: 14 },
      docker: false,
      rootless: { name: 'somebody', home: join(state, 'home') },
      units: [],
    });
    const { stderr } = await exec({
      command: 'sh',
      args: ['-s'],
      input: script.replaceAll('/run/dockyard', join(state, 'run')).replaceAll('/var/lib/dockyard', join(state, 'lib')),
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, STATE: state },
    });
    expect(stderr).toBe('');
    expect(await readFile(join(state, 'lib/pruned'), 'utf8')).toBe('');
    return (await readdir(join(state, 'images'))).flatMap((name) =>
      name.endsWith('.size') ? [name.replace('.size', '')] : [],
    );
  });
}

describe('diskScript', () => {
  it('removes the images of rootless Podman that were used least recently, until the budget is kept', async () => {
    expect(
      await run(500, {
        aa: { names: ['a:1'], megabytes: 200, used: 1 },
        bb: { names: ['b:1'], megabytes: 200, used: 3 },
        cc: { names: ['c:1'], megabytes: 200, used: 2 },
        dd: { names: ['d:1'], megabytes: 50, used: 4 },
      }),
    ).toEqual(['aa', 'cc']);
  });

  it('removes an image with all its names', async () => {
    expect(
      await run(100, {
        aa: { names: ['a:1'], megabytes: 90, used: 1 },
        bb: { names: ['b:1', 'b:latest'], megabytes: 90, used: 2 },
      }),
    ).toEqual(['aa']);
  });

  it('keeps what was used just now, and whole what a container runs of', async () => {
    expect(
      await run(10, {
        aa: { names: ['a:1'], megabytes: 90, used: 1, recent: true },
        bb: { names: ['b:1', 'b:latest'], megabytes: 90, used: 2, container: true },
        cc: { names: ['c:1'], megabytes: 90, used: 3 },
      }),
    ).toEqual(['aa', 'bb']);
  });

  it('removes nothing within the budget but what nobody used for days', async () => {
    expect(
      await run(1000, {
        aa: { names: ['a:1'], megabytes: 90, used: 1 },
        bb: { names: ['b:1'], megabytes: 90 },
      }),
    ).toEqual(['aa']);
  });
});
