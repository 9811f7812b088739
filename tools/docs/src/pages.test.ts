import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generatePages } from './index.ts';

let workspace: string;

const MARKS = '# Boats\n\n<!-- catalog: written by `npm run docs` -->\n\nold\n\n<!-- /catalog -->\n\nThe end.\n';

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
}

const BASE = {
  'README.md': MARKS,
  'images/sea/image.yaml': `image: sea
description: Water
version: '1'
licenses: MIT
homepage: https://sea.example
platforms: [linux/amd64, linux/arm64]
tags: ['{version}', latest]
`,
  'images/sea/Dockerfile': 'FROM scratch\nENV TIDE=low\nSTOPSIGNAL SIGQUIT\nUSER 1:1\nCMD ["sh"]\n',
};

const BOAT = `image: boat
title: The Boat
description: It floats | mostly
version: '2.1.0'
licenses: MIT OR Apache-2.0
homepage: https://boat.example
platforms: [linux/amd64, linux/arm64]
sources:
  - file: boat.tgz
    urls: ['https://boat.example/{version}.tgz', 'debian:pool/main/b/boat_{version}.orig.tar.gz']
    sha256: '${'ab'.repeat(32)}'
environment: { BOAT_NAME: 'What is painted on it' }
sizes: { linux/amd64: 1.2 MB }
endOfLife: '2031-12-31'
tags: ['{version}', '{major}', latest]
`;

async function pages(): Promise<Record<string, string>> {
  return Object.fromEntries((await generatePages(workspace)).map(({ path, text }) => [path, text]));
}

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-docs-'));
  write(BASE);
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

describe('the README of an image', () => {
  it('says what a Dockerfile sets, and what the images below it do', async () => {
    write({
      'images/boat/image.yaml': BOAT,
      'images/boat/Dockerfile': `FROM dockyard/sea:1 AS sea
ENV DECK=wood
FROM sea
EXPOSE 80 5353/udp
VOLUME /hold/cargo
USER boat
HEALTHCHECK --interval=5s CMD ["boat", "still there"]
ENTRYPOINT ["boat"]
`,
      'images/boat/usage.md': 'Sail `boat` **carefully**.\n',
    });
    const { 'images/boat/README.md': readme = '' } = await pages();
    expect(readme).toContain('# The Boat\n\nIt floats | mostly. [Home page](https://boat.example)');
    expect(readme).toContain(
      'docker run --detach --name boat --publish 8080:80 --publish 5353:5353/udp --volume boat-cargo:/hold/cargo dockyard/boat:2\n',
    );
    expect(readme).toContain('Sail `boat` **carefully**.');
    expect(readme).toMatch(/`2\.1\.0` `2` `latest` +\| 2\.1\.0 +\| linux\/amd64 \| 1\.2 MB +\| 2031-12-31/);
    expect(readme).toMatch(/linux\/arm64 \| – /);
    for (const row of [
      ['entry point', '`boat`'],
      // The command was meant for another entry point.
      ['command', '–'],
      ['user', '`boat`'],
      ['ports', '`80/tcp` `5353/udp`'],
      ['stop signal', '`SIGQUIT`'],
      ['health check', "`boat 'still there'`, every 5s"],
    ])
      expect(readme.replace(/ +/g, ' ')).toContain(`| ${row.join(' | ')} |`);
    const squeezed = readme.replace(/ +/g, ' ');
    expect(squeezed).toContain('| `BOAT_NAME` | What is painted on it | |');
    expect(squeezed).toContain('| `TIDE` | | `low` |');
    expect(squeezed).toContain('| `DECK` | | `wood` |');
    expect(readme).toContain('[`sea:1`](../sea/README.md)');
    expect(readme).toContain(`\`sha256:${'ab'.repeat(32)}\``);
    expect(readme).toContain('<https://boat.example/2.1.0.tgz>, else `debian:pool/main/b/boat_2.1.0.orig.tar.gz`');
  });

  it('covers the release lines of an image, the newest first, and tells where they differ', async () => {
    const line = (version: string, tags: string) =>
      BOAT.replace('2.1.0', version).replace(/tags:.*/, `tags: [${tags}]`);
    write({
      'images/boat/9/image.yaml': line('9.0.0', "'{major}'"),
      'images/boat/10/image.yaml': line('10.0.0', "'{major}', latest"),
      'images/boat/10/Dockerfile': 'FROM scratch\nCMD ["motor"]\n',
      'images/boat/9/Dockerfile': 'FROM scratch\nCMD ["sail"]\n',
    });
    const { 'images/boat/README.md': readme = '', 'docs/tags.md': tags = '' } = await pages();
    const squeezed = readme.replace(/ +/g, ' ');
    expect(squeezed).toContain('| | boat-10 | boat-9 |');
    expect(squeezed).toContain('| command | `motor` | `sail` |');
    expect(readme.indexOf('### boat-10')).toBeLessThan(readme.indexOf('### boat-9'));
    expect(tags.replace(/ +/g, ' ')).toContain('| `boat` | `10` `latest` | `10.0.0-rN` | boat-10 |');
  });

  it('is the same every time', async () => {
    write({ 'images/boat/image.yaml': BOAT, 'images/boat/Dockerfile': 'FROM scratch\n' });
    const first = await pages();
    write(first);
    expect(await pages()).toEqual(first);
  });
});

describe('the catalog', () => {
  it('takes its place in the README, and touches nothing else', async () => {
    const { 'README.md': readme = '' } = await pages();
    expect(readme).toMatch(/^# Boats\n\n<!-- catalog[^\n]*-->\n\n\| image /);
    expect(readme).toMatch(/\| \[sea\]\(images\/sea\/README\.md\) \| Water /);
    expect(readme).toMatch(/<!-- \/catalog -->\n\nThe end\.\n$/);
    expect(readme).not.toContain('old');
  });

  it('needs its marks', async () => {
    write({ 'README.md': '# Boats\n' });
    await expect(pages()).rejects.toThrow('README.md lacks the marks');
  });
});
