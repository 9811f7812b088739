import { chmodSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runTasks } from './run-tasks.ts';
import { ARCHS, definition, fillStore, NEXT_SOURCE, PLATFORMS, SMALL_IMAGES, SOURCE, sha256 } from './small-images.ts';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy.ts';

const [ARCH = ''] = ARCHS;
const LAST = PLATFORMS.at(-1);
const LAST_ARCH = ARCHS.at(-1) ?? '';

/** The targets of CI, with the tests of one platform: what `nx affected` is asked for. */
const TARGETS = ['image', `test:${ARCH}`];
/** The small images, where `other` is a release line whose definition stands in a file that lines share. */
const { 'images/other/image.yaml': shared = '', ...images } = SMALL_IMAGES;
const IMAGES = {
  ...images,
  'images/other/other.yaml': shared,
  'images/other/1.0/image.yaml': 'extends: ../other.yaml\n',
};
const ALL = ['base', 'tools', 'app', 'child', 'other-1.0'];

let copy: WorkspaceCopy;
let env: Record<string, string>;
let start: string;

/** Fills in every platform: `app:image:*` is a task a platform. */
function tasks(...patterns: string[]): string[] {
  return patterns
    .flatMap((name) => (name.includes('*') ? ARCHS.map((arch) => name.replace('*', arch)) : [name]))
    .sort();
}

/** The tasks of projects: their image of every platform, tested and joined; `compile` where it is asked for. */
const image = (...projects: string[]): string[] =>
  projects.flatMap((project) => [`${project}:image:*`, `${project}:test:${ARCH}`, `${project}:image`]);
const EVERYTHING = [...image(...ALL), 'app:compile:*'];

beforeAll(async () => {
  copy = await copyWorkspace('podman', IMAGES);
  const store = join(copy.root, '.dockyard', 'store');
  fillStore(store);
  env = { DOCKYARD_STORE: store, DOCKYARD_PLATFORMS: 'linux/amd64,linux/386,linux/arm64' };
  const built = await copy.nx(['run-many', '-t', ...TARGETS], env);
  expect(built.exitCode, built.stdout).toBe(0);
  start = (await copy.run('git', 'rev-parse', 'HEAD')).stdout;
});
afterAll(() => copy.remove());
beforeEach(async () => {
  await copy.run('git', 'reset', '--quiet', '--hard', start);
  await copy.run('git', 'clean', '--quiet', '--force', '-d');
});

const read = (path: string): string => readFileSync(join(copy.root, path), 'utf8');
const replace = (path: string, from: string | RegExp, to: string): void => {
  const text = read(path);
  expect(text).toMatch(from);
  copy.write(path, text.replace(from, to));
};

/** Locks another version of a package. */
const relock = (name: string): void => {
  const entry = new RegExp(`("node_modules/${name}": \\{\\s+"version": )"[^"]+"(,\\s+"integrity": )"[^"]+"`);
  replace('package-lock.json', entry, '$1"0.0.1"$2"sha512-another"');
};

interface Row {
  edit: () => void;
  /** What is executed where everything else comes from the cache. */
  executed: string[];
  /** What `nx affected` selects, and so executes with a cold cache. */
  selected: string[];
}

const APP = [...image('app', 'child'), 'app:compile:*'];
/** What app's tasks depend on is selected with them. */
const below = (arch: string): string[] => [`base:image:${arch}`, `tools:image:${arch}`];
const BELOW_APP = below('*');

const ROWS: Record<string, Row> = {
  'an entrypoint': {
    edit: () => copy.write('images/app/rootfs/entrypoint', '#!/bin/sh\nexec app\n'),
    executed: image('app', 'child'),
    selected: [...APP, ...BELOW_APP],
  },
  'a version and its checksum': {
    edit: () => {
      replace('images/app/image.yaml', '"1.0"', '"1.1"');
      replace('images/app/image.yaml', sha256(SOURCE), sha256(NEXT_SOURCE));
      replace('images/child/Dockerfile', 'APP=1.0', 'APP=1.1');
    },
    executed: APP,
    selected: [...APP, ...BELOW_APP],
  },
  'a description': {
    edit: () => replace('images/app/image.yaml', 'description: app', 'description: An app'),
    executed: image('app', 'child'),
    selected: [...APP, ...BELOW_APP],
  },
  'a tag': {
    edit: () => replace('images/app/image.yaml', '["{version}"]', '["{version}", latest]'),
    executed: ['app:image'],
    selected: [...APP, ...BELOW_APP],
  },
  'a description that release lines share': {
    edit: () => replace('images/other/other.yaml', 'description: other', 'description: Another'),
    executed: image('other-1.0'),
    selected: image('other-1.0'),
  },
  'a tag that release lines share': {
    edit: () => replace('images/other/other.yaml', '["{version}"]', '["{version}", latest]'),
    executed: ['other-1.0:image'],
    selected: image('other-1.0'),
  },
  'a mirror of a source': {
    edit: () => replace('images/app/image.yaml', 'urls: [', "urls: ['https://mirror.invalid/{version}', "),
    executed: [],
    selected: [...APP, ...BELOW_APP],
  },
  'a source that one platform has': {
    edit: () => {
      const more = { file: 'more.txt', urls: ['https://nowhere.invalid/more.txt'], sha256: sha256(NEXT_SOURCE) };
      replace('images/app/image.yaml', 'sources:', `sources:\n  - ${JSON.stringify({ ...more, platforms: [LAST] })}`);
    },
    // The artifacts hold the same files, and which commit they are of is nothing in them.
    executed: [`app:compile:${LAST_ARCH}`],
    selected: [...APP, ...BELOW_APP],
  },
  'a README': {
    edit: () => copy.write('images/app/README.md', '# app, rewritten\n'),
    executed: [],
    selected: [],
  },
  'a README beside a COPY of everything': {
    edit: () => copy.write('images/other/README.md', '# other\n'),
    executed: [],
    selected: [],
  },
  'a test': {
    edit: () => copy.write('images/app/app.test.ts', `${read('images/app/app.test.ts')}// more\n`),
    executed: [`app:test:${ARCH}`],
    selected: ['test', 'image', 'compile'].map((target) => `app:${target}:${ARCH}`).concat(below(ARCH)),
  },
  'a compile flag': {
    edit: () => copy.write('images/app/flags.txt', '-O3\n'),
    executed: APP,
    selected: [...APP, ...BELOW_APP],
  },
  'the toolchain, while the artifacts come out the same': {
    edit: () => copy.write('images/tools/packages.txt', 'gcc\nmake\n'),
    executed: [...image('tools'), 'app:compile:*'],
    selected: [...image('tools'), ...APP, 'base:image:*'],
  },
  'the runtime base, which a child and its child are on': {
    edit: () => copy.write('images/base/files/etc/release', 'base, new\n'),
    executed: image('base', 'app', 'child'),
    selected: [...image('base'), ...APP, 'tools:image:*'],
  },
  'a comment in a Dockerfile': {
    // The file is an input; but it makes the same image, so the child is left alone.
    edit: () => replace('images/app/Dockerfile', 'COPY rootfs', '# the entrypoint\nCOPY rootfs'),
    executed: ['app:image:*'],
    selected: [...APP, ...BELOW_APP],
  },
  'a file that .dockerignore names': {
    edit: () => copy.write('images/app/rootfs/notes.md', 'changed\n'),
    executed: [],
    selected: [],
  },
  'a file that .gitignore names': {
    edit: () => copy.write('images/app/rootfs/debug.log', 'changed\n'),
    executed: [],
    selected: [],
  },
  'a file mode': {
    edit: () => chmodSync(join(copy.root, 'images/app/rootfs/entrypoint'), 0o755),
    executed: image('app', 'child'),
    selected: [...APP, ...BELOW_APP],
  },
  'the target of a symbolic link': {
    edit: () => symlinkSync('/nowhere', join(copy.root, 'images/app/rootfs/link')),
    executed: image('app', 'child'),
    selected: [...APP, ...BELOW_APP],
  },
  'a hidden file': {
    edit: () => copy.write('images/base/files/etc/.hidden', 'x\n'),
    executed: image('base', 'app', 'child'),
    selected: [...image('base'), ...APP, 'tools:image:*'],
  },
  "an executor's code": {
    edit: () => copy.write('libs/build/src/build.ts', `${read('libs/build/src/build.ts')}// more\n`),
    executed: EVERYTHING,
    selected: EVERYTHING,
  },
  'the harness of tests': {
    edit: () => copy.write('tools/image-test/src/index.ts', `${read('tools/image-test/src/index.ts')}// more\n`),
    executed: ALL.map((project) => `${project}:test:${ARCH}`),
    selected: tasks(...EVERYTHING).filter((task) => task.endsWith(`:${ARCH}`)),
  },
  "a generator's code": {
    edit: () =>
      copy.write(
        'tools/nx-images/src/generators/image.ts',
        `${read('tools/nx-images/src/generators/image.ts')}// more\n`,
      ),
    executed: [],
    selected: [],
  },
  'the lock of a package that builds nothing': {
    edit: () => relock('prettier'),
    executed: [],
    selected: [],
  },
  'the lock of a package behind the executors': {
    edit: () => relock('execa'),
    executed: EVERYTHING,
    selected: EVERYTHING,
  },
  'the URL of the repository': {
    edit: () => replace('package.json', '"license"', '"repository": "https://git.example.org/images", "license"'),
    // An image that compiles is another image then, though its artifacts come out the same.
    executed: EVERYTHING,
    selected: EVERYTHING,
  },
  'another field of package.json': {
    edit: () => replace('package.json', '"license": "Apache-2.0"', '"license": "MIT"'),
    executed: [],
    selected: [],
  },
  'nx.json': {
    edit: () => replace('nx.json', '"analytics": false', '"analytics": false, "parallel": 2'),
    executed: EVERYTHING,
    selected: EVERYTHING,
  },
  'a new image': {
    edit: () => {
      copy.write('images/new/image.yaml', definition('new'));
      copy.write('images/new/Dockerfile', 'FROM dockyard/base:1.0\n');
    },
    executed: image('new'),
    selected: [...image('new'), 'base:image:*'],
  },
  'an image that is gone': {
    edit: () => rmSync(join(copy.root, 'images/other'), { recursive: true }),
    executed: [],
    // Nx 24 can't tell whose project it was, and selects all: each comes from the cache.
    selected: EVERYTHING.filter((task) => !task.startsWith('other-1.0:')),
  },
  'an image that is renamed': {
    edit: () => {
      renameSync(join(copy.root, 'images/tools'), join(copy.root, 'images/gnu'));
      replace('images/gnu/image.yaml', /tools/g, 'gnu');
      replace('images/app/compile.Dockerfile', 'dockyard/tools', 'dockyard/gnu');
    },
    // compile.Dockerfile names it, and the artifacts come out the same.
    executed: [...image('gnu'), ...tasks(...APP).filter((task) => task.startsWith('app:compile:'))],
    selected: [...EVERYTHING.filter((task) => !task.startsWith('tools:')), ...image('gnu')],
  },
};

describe('an edit', () => {
  it.each(Object.keys(ROWS))('of %s runs exactly what it has to', async (name) => {
    const row = ROWS[name]!;
    row.edit();
    if ((await copy.run('git', 'status', '--porcelain')).stdout !== '') await copy.commit();
    expect(await runTasks(copy, ['affected', '-t', ...TARGETS, `--base=${start}`], env)).toEqual({
      selected: tasks(...row.selected),
      executed: tasks(...row.executed),
    });
    // Everything, and not only what is affected: nothing was missed.
    const all = await runTasks(copy, ['run-many', '-t', ...TARGETS], env);
    expect(all.executed, 'executed after all').toEqual([]);
  });
});
