import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedUrl } from './named-url.ts';

const FAR = new URL('https://registry.example.com/v2/a/blobs/b');
const HERE = new URL('http://127.0.0.1:5000/v2/a/blobs/b');

describe('a URL that a server names', () => {
  it.each([
    ['/v2/a/next', FAR, 'https://registry.example.com/v2/a/next'],
    ['?last=b', FAR, 'https://registry.example.com/v2/a/blobs/b?last=b'],
    ['https://storage.example.net/x?sig=y', FAR, 'https://storage.example.net/x?sig=y'],
    ['//storage.example.net/x', FAR, 'https://storage.example.net/x'],
    ['http://localhost:5001/token', HERE, 'http://localhost:5001/token'],
    ['https://storage.example.net/x', HERE, 'https://storage.example.net/x'],
  ])('%s is taken', (text, from, expected) => {
    expect(namedUrl(text, from)).toEqual({ url: new URL(expected) });
  });

  it.each([
    ['http://registry.example.com/v2/', FAR, /plain http:, and https:\/\/registry\.example\.com was asked by https:/],
    ['http://127.0.0.1:5000/', FAR, /plain http:/],
    ['https://127.0.0.1/', FAR, /is this machine/],
    ['https://localhost./', FAR, /is this machine/],
    ['https://x.localhost/', FAR, /is this machine/],
    ['https://[::1]:8443/', FAR, /is this machine/],
    ['https://[::ffff:127.0.0.1]/', FAR, /is this machine/],
    ['https://0.0.0.0/', FAR, /is this machine/],
    ['https://2130706433/', FAR, /is this machine/],
    ['http://storage.example.net/x', HERE, /only taken from this machine/],
    ['https://me:secret@storage.example.net/x', FAR, /with a user or a password/],
    ['file:///etc/passwd', FAR, /file: is not supported/],
    ['javascript:alert(1)', FAR, /javascript: is not supported/],
    ['https://', FAR, /no URL/],
  ])('%s is refused', (text, from, reason) => {
    const named = namedUrl(text, from);
    expect('refused' in named && named.refused).toMatch(reason);
    expect(JSON.stringify(named)).not.toContain('secret');
  });

  it('goes on by plain http: where the bytes are pinned, but not to this machine', () => {
    const mirror = new URL('http://mirror.example.org/debian/x');
    expect(namedUrl('http://other.example.org/x', mirror, { insecure: true })).toHaveProperty('url');
    expect(namedUrl('http://127.0.0.1/x', mirror, { insecure: true })).toHaveProperty('refused');
    expect(namedUrl('http://other.example.org/x', FAR, { insecure: true })).toHaveProperty('refused');
  });

  it('whatever it is, leads from https: to https: alone, and from elsewhere never here', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.webUrl({ withQueryParameters: true }),
      fc
        .tuple(
          fc.constantFrom('http:', 'https:', 'HTTP:', '', 'ftp:', 'data:'),
          fc.constantFrom('//', '/', '', '\\\\', '///'),
          fc.constantFrom('127.0.0.1', '0x7f.1', 'localhost', '[::1]', 'a@b', 'registry.example.com', '017700000001'),
          fc.string(),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(odd, (text) => {
        const named = namedUrl(text, FAR);
        if ('refused' in named) return named.refused !== '';
        const { protocol, hostname, username, password } = named.url;
        return (
          protocol === 'https:' && username + password === '' && !/^(?:127\.[\d.]+|localhost|\[::1\])$/.test(hostname)
        );
      }),
      { numRuns: 5_000, seed: 19 },
    );
  });
});
