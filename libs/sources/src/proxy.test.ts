import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyOf } from './proxy.ts';

const PROXY = 'http://proxy.example.org:3128';
const proxied = (url: string, noProxy: string): boolean =>
  proxyOf(new URL(url), { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: noProxy }) !== undefined;

describe('the proxy of a URL', () => {
  it('is that of its scheme, in capitals first', () => {
    const env = {
      HTTPS_PROXY: 'http://one:1',
      https_proxy: 'http://two:2',
      http_proxy: 'http://three:3',
      HTTP_PROXY: '',
    };
    expect(proxyOf(new URL('https://example.com'), env)?.host).toBe('one:1');
    expect(proxyOf(new URL('http://example.com'), env)?.host).toBe('three:3');
    expect(proxyOf(new URL('http://example.com'), { HTTPS_PROXY: PROXY })).toBeUndefined();
  });

  it('may be named without its scheme, and with a password', () => {
    expect(proxyOf(new URL('https://example.com'), { HTTPS_PROXY: 'proxy:3128' })?.href).toBe('http://proxy:3128/');
    expect(proxyOf(new URL('https://example.com'), { HTTPS_PROXY: 'http://me:pw@p:1' })).toMatchObject({
      username: 'me',
      password: 'pw',
      host: 'p:1',
    });
  });

  it.each(['socks5://me:secret@proxy:1080', 'http://', '://'])('%s is none', (text) => {
    expect(() => proxyOf(new URL('https://example.com'), { HTTPS_PROXY: text })).toThrow(/^HTTPS_PROXY names no proxy/);
  });

  it.each(['http://localhost:5000', 'https://127.8.0.1', 'http://[::1]:80'])('is never asked for %s', (url) => {
    expect(proxied(url, '')).toBe(false);
  });

  it.each([
    ['https://registry.example.com', 'example.com', false],
    ['https://example.com', 'example.com', false],
    ['https://badexample.com', 'example.com', true],
    ['https://registry.example.com', '.example.com', false],
    ['https://example.com', '.example.com', true],
    ['https://registry.example.com', '*.example.com', false],
    ['https://example.com', '*.example.com', true],
    ['https://registry.example.com', 'EXAMPLE.com', false],
    ['https://registry.example.com', ' other.org , example.com ', false],
    ['https://registry.example.com', 'other.org example.com', true],
    ['https://registry.example.com:5000', 'example.com:5000', false],
    ['https://registry.example.com', 'example.com:5000', true],
    ['https://registry.example.com', 'example.com:443', false],
    ['https://registry.example.com', '*', false],
    ['https://10.1.2.3', '10.0.0.0/8', false],
    ['https://11.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3:5000', '10.1.2.3:5000', false],
    ['https://10.1.2.3:5000', '10.1.2.3:5001', true],
    ['https://10.1.2.3', '10.1.2', true],
    ['https://[fd00::1]', 'fd00::/8', false],
    ['https://[fd00::1]', 'fd00:0::1', false],
    ['https://[fd00::1]:5000', '[fd00::1]:5000', false],
    ['https://[fe00::1]', 'fd00::/8', true],
    ['https://10.example.com', '10.0.0.0/8', true],
    ['https://xn--bcher-kva.example', 'bücher.example', false],
    ['https://registry.example.com', ',,', true],
    ['https://registry.example.com', '10.0.0.0/99', true],
  ])('%s with NO_PROXY=%s: %s', (url, noProxy, expected) => {
    expect(proxied(url, noProxy)).toBe(expected);
  });

  it('is found or not, whatever NO_PROXY holds', () => {
    const entry = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.domain(),
      fc.constantFrom('*.', '[', ']:1', '/8', ':', '*.*'),
    );
    fc.assert(
      fc.property(fc.array(entry), fc.webUrl(), (entries, url) => typeof proxied(url, entries.join(',')) === 'boolean'),
      { numRuns: 3_000, seed: 19 },
    );
  });
});
