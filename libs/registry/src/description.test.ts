import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Description, pushDescription } from './description.ts';
import { parseRepository } from './reference.ts';

/** What the two APIs take, as their documentation has it: whatever else comes is answered with 400. */
const LOGIN = z.strictObject({ identifier: z.literal('acme'), secret: z.literal('dckr_pat_s3cret') });
const HUB = z.strictObject({ description: z.string().max(100), full_description: z.string().optional() });
const QUAY = z.strictObject({ description: z.string() });

let server: Server;
let origin: string;
let shown: { description: string; full_description: string };
let seen: string[];

async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
  const { method = '', url = '', headers } = request;
  seen.push(`${method} ${url}`);
  const body: unknown = method === 'GET' ? undefined : await json(request);
  if (method !== 'GET' && headers['content-type'] !== 'application/json') return { status: 415, body: {} };
  const taken = (schema: z.ZodType): boolean => schema.safeParse(body).success;
  switch (`${method} ${url}`) {
    case 'POST /v2/auth/token':
      return taken(LOGIN) ? { status: 200, body: { access_token: 'jwt' } } : { status: 401, body: {} };
    case 'GET /v2/repositories/acme/boat/':
    case 'PATCH /v2/repositories/acme/boat/':
      if (headers.authorization !== 'Bearer jwt') return { status: 401, body: {} };
      if (method === 'PATCH') {
        if (!taken(HUB)) return { status: 400, body: {} };
        shown = { ...shown, ...(body as object) };
      }
      return { status: 200, body: shown };
    case 'GET /api/v1/repository/acme/boat?includeTags=false':
    case 'PUT /api/v1/repository/acme/boat':
      if (headers.authorization !== 'Bearer oauth-s3cret') return { status: 401, body: {} };
      if (method === 'PUT') {
        if (!taken(QUAY)) return { status: 400, body: {} };
        shown = { ...shown, ...(body as object) };
        return { status: 200, body: { success: true } };
      }
      return { status: 200, body: { description: shown.description } };
    default:
      return { status: 404, body: {} };
  }
}

beforeEach(async () => {
  shown = { description: '', full_description: '' };
  seen = [];
  server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const HUB_LOGIN = { username: 'acme', password: 'dckr_pat_s3cret' };
const QUAY_LOGIN = { username: '$oauthtoken', password: 'oauth-s3cret' };
const push = (registry: string, login: { username: string; password: string } | undefined, text: Description) =>
  pushDescription(parseRepository(`${registry}/acme/boat`), text, {
    credentials: () => Promise.resolve(login),
    origins: { 'docker.io': origin, 'quay.io': origin },
  });
const TEXT = { short: 'It floats', readme: '# Boat\n\nIt floats.\n' };

describe('on Docker Hub', () => {
  it('description and README are written, once', async () => {
    expect(await push('docker.io', HUB_LOGIN, TEXT)).toEqual({ changed: true, cut: false });
    expect(shown).toEqual({ description: TEXT.short, full_description: TEXT.readme });
    seen = [];
    expect(await push('docker.io', HUB_LOGIN, TEXT)).toEqual({ changed: false, cut: false });
    expect(seen).toEqual(['POST /v2/auth/token', 'GET /v2/repositories/acme/boat/']);
  });

  it('without a README the one that is there stays', async () => {
    shown = { description: 'old', full_description: 'old' };
    await push('docker.io', HUB_LOGIN, { short: 'new' });
    expect(shown).toEqual({ description: 'new', full_description: 'old' });
  });

  it('what is too long is cut between words and lines', async () => {
    const line = `${'é'.repeat(50)}\n`;
    const long = { short: 'word '.repeat(30).trim(), readme: line.repeat(300) };
    expect(await push('docker.io', HUB_LOGIN, long)).toEqual({ changed: true, cut: true });
    expect(shown.description).toBe(`${'word '.repeat(19).trim()}…`);
    expect(shown.full_description).toBe(line.repeat(Math.floor(25_000 / 101)));
  });
});

describe('on Quay', () => {
  it('the README is written, once', async () => {
    expect(await push('quay.io', QUAY_LOGIN, TEXT)).toEqual({ changed: true, cut: false });
    expect(shown.description).toBe(TEXT.readme);
    expect(await push('quay.io', QUAY_LOGIN, TEXT)).toEqual({ changed: false, cut: false });
  });

  it("a robot's password is no token of the API", async () => {
    await expect(push('quay.io', { username: 'acme+ci', password: 'x' }, TEXT)).rejects.toMatchObject({
      message: expect.stringContaining('OAuth token') as string,
      hint: expect.stringContaining('$oauthtoken') as string,
    });
    expect(seen).toEqual([]);
  });
});

it('other registries have no API for it, and are not asked', async () => {
  expect(await push('registry.example.com', HUB_LOGIN, TEXT)).toEqual({ changed: false, cut: false });
  expect(seen).toEqual([]);
});

it('a refusal says what was asked, and nothing of what was sent', async () => {
  const wrong = { username: 'acme', password: 'wr0ng' };
  await expect(push('docker.io', wrong, TEXT)).rejects.toThrow(
    /^POST \/v2\/auth\/token for docker\.io\/acme\/boat: HTTP status 401$/,
  );
  await expect(push('docker.io', undefined, TEXT)).rejects.toThrow(/there are none/);
  await expect(push('quay.io', { ...QUAY_LOGIN, password: 'wr0ng' }, TEXT)).rejects.toThrow(/HTTP status 401$/);
});

it('an answer that is no JSON of theirs is an error too', async () => {
  server.removeAllListeners('request');
  server.on('request', (_, response) => {
    response.end('<html>Maintenance</html>');
  });
  await expect(push('docker.io', HUB_LOGIN, TEXT)).rejects.toThrow(/the answer is another than expected$/);
});

it('an API that is down is an error that a publishing can report', async () => {
  await new Promise((resolve) => server.close(resolve));
  await expect(push('quay.io', QUAY_LOGIN, TEXT)).rejects.toThrow(/refuses the connection/);
});
