import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UserError } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSources } from './check-sources.ts';

const FILE = 'images/boat/image.yaml';
const hash = (text: string, algorithm = 'sha256'): string => createHash(algorithm).update(text).digest('hex');

/** Debian mirrors on this machine: what each serves, by path. */
let mirrors: { readonly files: Map<string, string>; readonly server: Server; readonly url: string }[];
let workspace: string;
let lines: string[];

beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'check-sources-'));
  mkdirSync(join(workspace, 'images/boat'), { recursive: true });
  writeFileSync(join(workspace, 'images/boat/Dockerfile'), 'FROM scratch\nCOPY --from=sources / /\n');
  lines = [];
  mirrors = await Promise.all([mirror(), mirror()]);
});
afterEach(async () => {
  await Promise.all(mirrors.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  rmSync(workspace, { recursive: true });
});

async function mirror() {
  const files = new Map<string, string>();
  const server = createServer((request, response) => {
    const body = files.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { files, server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

function serve(path: string, ...texts: readonly string[]): void {
  texts.forEach((text, i) => mirrors[i]?.files.set(`/pool/${path}`, text));
}

/** A definition as people write them: a comment at every turn, and quotes of both kinds. */
const text = (version: string, sha256: string, sha512: string, url = 'debian:pool/{version}.orig') =>
  `# A boat.
image: boat
description: A boat   # floats
version: "${version}"
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64, linux/arm64]
sources:
  - file: hull.tgz
    # upstream's
    urls: ['${url}']
    sha256:  '${sha256}' # of the hull

  - { file: sail.tgz, urls: ["debian:pool/{version}.{arch}"], sha512: "${sha512}", platforms: [linux/arm64] }
update: { datasource: deb, package: boat }
tags: ['{version}']
`;
const present = (): string => readFileSync(join(workspace, FILE), 'utf8');
async function check(definition: string, update: boolean): Promise<UserError[]> {
  writeFileSync(join(workspace, FILE), definition);
  return checkSources({
    workspace,
    root: 'images/boat',
    update,
    onLine: (line) => lines.push(line),
    fetch: {
      store: join(workspace, 'store'),
      mirrors: mirrors.map(({ url }) => url),
      limits: { backOffMs: 1, rounds: 1 },
    },
  });
}
const OLD = text('1.0.0', hash('hull 1'), hash('sail 1', 'sha512'));
/** As Renovate leaves it before its post-upgrade task: the version is new, the digests are not. */
const RAISED = text('1.1.0', hash('hull 1'), hash('sail 1', 'sha512'));

beforeEach(() => {
  serve('1.0.0.orig', 'hull 1', 'hull 1');
  serve('1.0.0.arm64', 'sail 1');
});

describe('checking', () => {
  it('finds nothing where the mirrors serve what is declared, and changes nothing', async () => {
    expect(await check(OLD, false)).toEqual([]);
    expect(present()).toBe(OLD);
  });

  it('tells of a digest that is not declared, and how to take it', async () => {
    serve('1.0.0.orig', 'another hull', 'another hull');
    const [problem] = await check(OLD, false);
    expect(problem?.message).toContain(
      `hull.tgz is not what ${FILE} declares:\n  declared sha256 ${hash('hull 1')}\n  served   sha256 ${hash('another hull')}`,
    );
    expect(problem?.hint).toContain(`npm run sources -- --update ${FILE}`);
    expect(present()).toBe(OLD);
  });
});

describe('updating', () => {
  it('writes the digests of the new version, each in its algorithm, and not another byte', async () => {
    serve('1.1.0.orig', 'hull 2', 'hull 2');
    serve('1.1.0.arm64', 'sail 2');
    const expected = text('1.1.0', hash('hull 2'), hash('sail 2', 'sha512'));
    expect(await check(RAISED, true)).toEqual([]);
    expect(present()).toBe(expected);
    expect(await check(expected, true)).toEqual([]);
    expect(present()).toBe(expected);
    expect(lines.at(-1)).toBe('  every digest is as declared');
  });

  it('writes nothing where one source is withdrawn, though the other is there', async () => {
    serve('1.1.0.orig', 'hull 2', 'hull 2');
    const problems = await check(RAISED, true);
    expect(problems.map(({ message }) => message)).toEqual([
      'sail.tgz is on none of its mirrors:\n  debian:pool/1.1.0.arm64\n    HTTP status 404',
    ]);
    expect(present()).toBe(RAISED);
  });

  it('writes nothing where mirrors serve different bytes', async () => {
    serve('1.1.0.orig', 'hull 2', 'a worm');
    serve('1.1.0.arm64', 'sail 2');
    const [problem] = await check(RAISED, true);
    expect(problem?.message).toContain('two of its mirrors serve different bytes');
    for (const { url } of mirrors) expect(problem?.message).toContain(`${url}/pool/1.1.0.orig`);
    expect(present()).toBe(RAISED);
  });

  it('refuses a definition whose URLs would stay behind', async () => {
    const definition = text('1.1.0', hash('hull 1'), hash('sail 1', 'sha512'), 'debian:pool/1.0.0.orig').replace(
      '{version}.{arch}',
      '1.0.0.{arch}',
    );
    await expect(check(definition, true)).rejects.toThrow(/no URL names \{version\}/);
    expect(present()).toBe(definition);
  });
});
