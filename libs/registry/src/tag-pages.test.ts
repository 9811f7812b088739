import * as fc from 'fast-check';
import type { OutgoingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import { RegistryError } from './errors.ts';
import { parseRepository } from './reference.ts';
import { startServer, type TestServer } from './testing/server.ts';

interface Page {
  readonly body: string;
  readonly link?: string;
}

let server: TestServer | undefined;
const client = new Client({ patience: { attempts: 1 }, silenceMs: 20_000 });
afterEach(() => server?.stop());

async function serve(page: (query: string, count: number) => Page): Promise<TestServer> {
  let count = 0;
  server = await startServer(({ line }, response) => {
    const { body, link } = page(line.replace(/^.*\/tags\/list/, ''), count++);
    const headers: OutgoingHttpHeaders = link === undefined ? {} : { link };
    response.writeHead(200, headers).end(body);
  });
  return server;
}
const tags = ({ host }: TestServer): Promise<string[]> => client.tags(parseRepository(`${host}/g/a`));
const listed = (...names: string[]): string => JSON.stringify({ name: 'g/a', tags: names });

describe('the tags of a repository', () => {
  it('are those of all its pages, asked of the registry itself wherever they are said to be', async () => {
    const pages: Record<string, Page> = {
      '?n=1000': { body: listed('a', 'b'), link: '<https://elsewhere.example.com/v2/x?last=b&n=2>; rel="next"' },
      '?last=b&n=2': { body: listed('b', 'c'), link: '</v2/g/a/tags/list?last=c>; rel=next' },
      '?last=c': { body: '{"tags":null}' },
    };
    expect(await tags(await serve((query) => pages[query] ?? { body: '' }))).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, (query: string, count: number) => Page]>([
    ['one and the same page', () => ({ body: listed('a'), link: '<?n=1000>; rel="next"' })],
    ['the same tags', (_, count) => ({ body: listed('a', 'b'), link: `<?last=${String(count)}>; rel="next"` })],
    [
      'two pages in turn',
      (query) => ({ body: listed(query.length.toString()), link: `<?x=${query === '?x=1' ? '22' : '1'}>; rel="next"` }),
    ],
  ])('that are %s for ever are an error', async (_, page) => {
    const registry = await serve(page);
    await expect(tags(registry)).rejects.toThrow(/the registry repeats its pages/);
    expect(registry.seen.length).toBeLessThan(5);
  });

  it('that never end are an error', async () => {
    const thousand = (count: number) => Array.from({ length: 1_000 }, (_, at) => `t${String(count)}-${String(at)}`);
    const registry = await serve((_, count) => ({
      body: listed(...thousand(count)),
      link: `<?last=${String(count)}>; rel="next"`,
    }));
    await expect(tags(registry)).rejects.toThrow(/there is no end of pages/);
  });

  it.each([
    ['../../etc', /lists "\.\.\/\.\.\/etc", which is no tag/],
    ['a?b', /which is no tag/],
    ['\u001b[2J', /lists "\[2J", which is no tag/],
    ['x'.repeat(1_000_000), /lists "x{100}…", which is no tag/],
    ['', /which is no tag/],
  ])('of which one is none are an error: %#', async (name, message) => {
    const registry = await serve(() => ({ body: listed('a', name) }));
    const error = await tags(registry).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RegistryError);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toMatch(/\p{Cc}/u);
  });

  it('are read or refused for people, whatever the answer is', async () => {
    let body = '';
    let link = '';
    const registry = await serve(() => ({ body, link }));
    const field = fc.oneof(
      fc.string({ unit: fc.constantFrom('<', '>', ';', 'rel=', 'next', '"', '?', 'a', ',') }),
      fc.webUrl({ withQueryParameters: true }).map((url) => `<${url}>; rel="next"`),
    );
    const answer = fc.oneof(
      fc.json(),
      fc.string(),
      fc.array(fc.string()).map((names) => listed(...names)),
    );
    await fc.assert(
      fc.asyncProperty(answer, field, async (...[text, target]) => {
        [body, link] = [text, target];
        const found = await tags(registry).catch((error: unknown) => error);
        if (!Array.isArray(found)) expect(found).toBeInstanceOf(RegistryError);
      }),
      { numRuns: 400, seed: 19 },
    );
  });
});

it.each([
  ['with a path', '../../../x'],
  ['too short', 'sha256:short'],
  ['of another kind', `sha512:${'a'.repeat(128)}`],
  ['in capitals', `sha256:${'A'.repeat(64)}`],
])('a digest %s in a header is not believed: the manifest itself tells', async (_, digest) => {
  server = await startServer((__, response) => {
    response.writeHead(200, { 'docker-content-digest': digest }).end('{}');
  });
  const found = await client.findManifest(parseRepository(`${server.host}/g/a`), 'latest');
  expect(found).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});
