import { Resolver } from 'node:dns/promises';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NameServer, startNameServer } from './name-server.ts';

const resolver = new Resolver({ timeout: 5000, tries: 2 });
let server: NameServer;

beforeAll(async () => {
  const port = await getPort();
  server = await startNameServer('127.0.0.1', { 'registry.test': 'fd00::1' }, port);
  resolver.setServers([`127.0.0.1:${String(port)}`]);
});

afterAll(async () => {
  await server.stop();
});

describe('startNameServer', () => {
  it('knows the IPv6 address of its names, however they are written', async () => {
    expect(await resolver.resolve6('registry.test')).toEqual(['fd00::1']);
    expect(await resolver.resolve6('Registry.TEST')).toEqual(['fd00::1']);
  });

  it('knows no IPv4 address of them, and no other name', async () => {
    await expect(resolver.resolve4('registry.test')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve6('other.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
