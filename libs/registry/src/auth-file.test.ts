import { UserError } from '@dockyard/exec';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialsIn, helperFor, parseAuthFile } from './auth-file.ts';
import { parseRepository } from './reference.ts';

const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
const file = (auths: object, more: object = {}) => parseAuthFile(JSON.stringify({ auths, ...more }), 'auth.json');
const userOf = (keys: readonly string[], repository: string): string | undefined =>
  credentialsIn(file(Object.fromEntries(keys.map((key) => [key, auth(`${key}:x`)]))), parseRepository(repository))
    ?.username;

describe('the entry for a repository', () => {
  const all = ['r.example.com', 'r.example.com/a/b', 'r.example.com/a', 'r.example.com/a/b/c'];
  it.each([
    ['r.example.com/a/b/c', all, 'r.example.com/a/b/c'],
    ['r.example.com/a/b/d', all, 'r.example.com/a/b'],
    ['r.example.com/a/bc', all, 'r.example.com/a'],
    ['r.example.com/b', all, 'r.example.com'],
    ['r.example.com/b', ['r.example.com/a'], undefined],
    ['r.example.com:5000/a', all, undefined],
    ['r.example.com/a', ['r.example.com/a/'], 'r.example.com/a/'],
  ])('%s of %j is %s', (repository, keys, expected) => {
    expect(userOf(keys, repository)).toBe(expected);
  });

  it.each([
    'https://r.example.com',
    'https://r.example.com/',
    'http://r.example.com',
    'https://r.example.com/v1/',
    'https://r.example.com/v2/',
    'r.example.com/v1/',
    'R.Example.com',
    'r.example.com:443',
    'HTTPS://r.example.com:443/v1',
  ])('%s fits its host', (key) => {
    expect(credentialsIn(file({ [key]: auth('me:pw') }), parseRepository('r.example.com/a/b'))?.username).toBe('me');
  });

  it.each([
    'https://r.example.com.evil.org',
    'https://me@r.example.com',
    'evil.org/r.example.com',
    'xr.example.com',
    'example.com',
    'r.example.com:80',
    'r.example.com:5000',
    '*.example.com',
    '',
    '/',
  ])('%s does not', (key) => {
    expect(credentialsIn(file({ [key]: auth('me:pw') }), parseRepository('r.example.com/a/b'))).toBeUndefined();
  });

  it('is the one that is written as the registry is, of several for the host', () => {
    const auths = { 'https://r.example.com/v1/': auth('old:x'), 'r.example.com': auth('new:x') };
    expect(credentialsIn(file(auths), parseRepository('r.example.com/a'))?.username).toBe('new');
  });

  it('holds nothing where it is empty', () => {
    const auths = { 'r.example.com/a': {}, 'r.example.com': auth('me:pw') };
    expect(credentialsIn(file(auths), parseRepository('r.example.com/a'))).toBeUndefined();
  });

  it('may be padded, as Docker once did it', () => {
    expect(credentialsIn(file({ 'r.example.com': auth('me:pw\0\0') }), parseRepository('r.example.com/a'))).toEqual({
      username: 'me',
      password: 'pw',
    });
  });

  it.each(['no-colon', ':nobody'])('that decodes to %j is an error with its name alone', (text) => {
    const read = () => credentialsIn(file({ 'r.example.com': auth(text) }), parseRepository('r.example.com/a'));
    expect(read).toThrow('auth.json: the entry "r.example.com" holds no name and password.');
  });

  it('or its helper is found by the host as it is written, then as URLs compare it', () => {
    const helpers = { credHelpers: { 'https://r.example.com': 'old', 'r.example.com': 'new' } };
    expect(helperFor(file({}, helpers), 'r.example.com')).toBe('new');
    expect(helperFor(file({}, helpers), 'r.example.com:443')).toBe('old');
    expect(helperFor(file({}, helpers), 'r.example.com:5000')).toBeUndefined();
  });

  it('is found, or refused for people without a word of it, whatever the file holds', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9+/]{12,20}$/);
    const value = fc.oneof(fc.record({ auth: secret }), fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue());
    const key = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.constantFrom('r.example.com', 'r.example.com/a', 'https://r.example.com/v1/'),
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ auths: fc.dictionary(key, value), credHelpers: fc.option(fc.dictionary(key, fc.string())) })
        .map((all) => JSON.stringify(all)),
    );
    fc.assert(
      fc.property(text, (content) => {
        try {
          const read = parseAuthFile(content, 'auth.json');
          helperFor(read, 'r.example.com');
          credentialsIn(read, parseRepository('r.example.com/a'));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message).toMatch(
            /^auth\.json(?: is no file of credentials for registries\.|: the entry "[^"]*" holds no name and password\.)$/,
          );
          expect(error.cause).toBeUndefined();
        }
      }),
      { numRuns: 5_000, seed: 19 },
    );
  });
});
