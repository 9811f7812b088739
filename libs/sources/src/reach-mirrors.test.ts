import { afterEach, expect, it } from 'vitest';
import { reachMirrors } from './reach-mirrors.ts';
import { startServer, type TestServer } from './testing/server.ts';

let servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});
async function serve(...paths: string[]): Promise<string> {
  const server = await startServer((request, response) => {
    response.writeHead(paths.includes(request.url ?? '') ? 200 : 404).end();
  });
  servers.push(server);
  return server.url;
}

it('names the first mirror of each archive that answers as a mirror does, and why the others do not', async () => {
  const other = await serve('/debian/');
  const right = await serve('/debian/dists/stable/InRelease', '/debian-security/dists/stable-security/InRelease');
  expect(await reachMirrors({ mirrors: [`${other}/debian`, `${right}/debian`], stallMs: 500 })).toEqual([
    {
      archive: 'main',
      uri: `${right}/debian/`,
      failures: new Map([[`${other}/debian/`, 'HTTP status 404']]),
    },
    {
      archive: 'security',
      uri: `${right}/debian-security/`,
      failures: new Map([[`${other}/debian-security/`, 'HTTP status 404']]),
    },
  ]);
});

it('names none where none answers, and shows no password', async () => {
  const secret = (await serve()).replace('//', '//me:secret@');
  const [main] = await reachMirrors({ mirrors: [`${secret}/debian`], stallMs: 500 });
  expect(main?.uri).toBeUndefined();
  expect([...(main?.failures.keys() ?? [])].join()).toMatch(/^http:\/\/\*\*\*@127/);
});
