import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { thisMachine } from '@dockyard/runner';
import { imageYaml } from './workspace-copy.ts';

/** Two platforms that this machine runs natively, where it does: then both really are built. */
export const PLATFORMS: readonly string[] =
  thisMachine().platform === 'linux/amd64' ? ['linux/amd64', 'linux/386'] : [thisMachine().platform];

export const ARCHS: readonly string[] = PLATFORMS.map((platform) => platform.replace('linux/', ''));

/** A source of the images, by what it holds; its bytes are put into the store, nothing is downloaded. */
export const SOURCE = 'upstream, version 1\n';
export const NEXT_SOURCE = 'upstream, version 2\n';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Puts the sources of the images into a store, as if their URLs had served them. */
export function fillStore(store: string): void {
  for (const text of [SOURCE, NEXT_SOURCE]) {
    const digest = sha256(text);
    const urls = ['app-1.0.txt', 'app-1.1.txt', 'more.txt'].map((name) => `https://nowhere.invalid/${name}`);
    const files = [
      [join('sha256', digest.slice(0, 2), digest), text],
      ...urls.map((url) => [join('served', `sha256-${digest}`, sha256(url)), `${url}\n`]),
    ] as const;
    for (const [path = '', content = ''] of files) {
      mkdirSync(dirname(join(store, path)), { recursive: true });
      writeFileSync(join(store, path), content);
    }
  }
}

/** An image.yaml of those platforms. */
export const definition = (name: string, more = ''): string => imageYaml(name, more, [...PLATFORMS]);

/**
 * A family of images that need no shell, so that each builds in a second: `app` is compiled with `tools` and runs on `base`,
 * `child` is FROM `app`, `other` is FROM nothing.
 */
export const SMALL_IMAGES: Readonly<Record<string, string>> = {
  'images/base/image.yaml': definition('base'),
  'images/base/Dockerfile': 'FROM scratch\nCOPY files/ /\nUSER 65532\n',
  'images/base/files/etc/release': 'base\n',
  'images/tools/image.yaml': definition('tools'),
  'images/tools/Dockerfile': 'FROM scratch\nCOPY packages.txt /\nUSER 65532\n',
  'images/tools/packages.txt': 'gcc\n',
  'images/app/image.yaml': definition(
    'app',
    `sources:
  - file: app.txt
    urls: ['https://nowhere.invalid/app-{version}.txt']
    sha256: '${sha256(SOURCE)}'
`,
  ),
  'images/app/compile.Dockerfile': `FROM dockyard/tools:1.0 AS build
COPY flags.txt /out/flags.txt
COPY --from=sources app.txt /out/app.txt
FROM scratch
COPY --from=build /out/ /
`,
  'images/app/flags.txt': '-O2\n',
  'images/app/Dockerfile': 'FROM dockyard/base:1.0\nCOPY --from=artifacts / /\nCOPY rootfs/ /\n',
  'images/app/.dockerignore': '**/*.md\n',
  'images/app/rootfs/entrypoint': '#!/bin/sh\n',
  'images/app/rootfs/usr/share/doc/app/copyright': 'MIT\n',
  'images/app/rootfs/notes.md': 'left out\n',
  'images/app/README.md': '# app\n',
  'images/app/app.test.ts': "import { it } from 'vitest';\nit('is there', () => undefined);\n",
  'images/child/image.yaml': definition('child'),
  'images/child/Dockerfile': 'ARG APP=1.0\nFROM dockyard/app:${APP}\nCOPY child.txt /\n',
  'images/child/child.txt': 'child\n',
  'images/other/image.yaml': definition('other'),
  'images/other/Dockerfile': 'FROM scratch\nCOPY . /\nUSER 65532\n',
  'images/other/other.txt': 'other\n',
};
