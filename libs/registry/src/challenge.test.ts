import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

const read = (...fields: string[]) =>
  parseChallenges(fields).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('challenges', () => {
  it.each<[string[], unknown[]]>([
    [
      [
        'Bearer realm="https://gitlab.example.com/jwt/auth",service="container_registry",scope="repository:g/p:pull,push"',
      ],
      [
        [
          'bearer',
          {
            realm: 'https://gitlab.example.com/jwt/auth',
            service: 'container_registry',
            scope: 'repository:g/p:pull,push',
          },
        ],
      ],
    ],
    [['bearer  Realm = "https://auth.docker.io/token"'], [['bearer', { realm: 'https://auth.docker.io/token' }]]],
    [['BASIC realm="Registry \\"Realm\\""'], [['basic', { realm: 'Registry "Realm"' }]]],
    [['Basic'], [['basic', {}]]],
    [['Negotiate'], [['negotiate', {}]]],
    [['Negotiate YII/x+w=='], [['negotiate', {}]]],
    // Two fields, and two in one, as proxies join them.
    [
      ['Basic realm="r"', 'Bearer realm="https://a/t"'],
      [
        ['basic', { realm: 'r' }],
        ['bearer', { realm: 'https://a/t' }],
      ],
    ],
    [
      ['Negotiate, NTLM , Bearer realm="https://a/t",service="s", Basic realm="r", charset="UTF-8"'],
      [
        ['negotiate', {}],
        ['ntlm', {}],
        ['bearer', { realm: 'https://a/t', service: 's' }],
        ['basic', { realm: 'r', charset: 'UTF-8' }],
      ],
    ],
    // A name of a scheme in a value is none.
    [
      ['Digest realm="say, Basic realm=x, please", nonce="n"'],
      [['digest', { realm: 'say, Basic realm=x, please', nonce: 'n' }]],
    ],
    [['Bearer realm=https://a/t,service=s'], [['bearer', { realm: 'https://a/t', service: 's' }]]],
    [[', ,Basic realm="r",, ,'], [['basic', { realm: 'r' }]]],
    [['Bearer realm="a", realm="b", Basic realm="r"'], [['basic', { realm: 'r' }]]],
    [['Bearer realm="never closed, Basic realm=r'], [['bearer', {}]]],
    [['"nonsense", Basic realm="r"'], [['basic', { realm: 'r' }]]],
    [[''], []],
  ])('%j', (fields, expected) => {
    expect(read(...fields)).toEqual(expected);
  });

  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.+-]{0,8}$/);
  const value = fc.oneof(fc.string(), fc.constantFrom('a, Basic realm="b"', '\\', '"', '', ',', '=', 'Bearer '));
  const challenge = fc.record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name.toLowerCase(), maxLength: 4 }),
    space: fc.constantFrom('', ' ', '\t'),
  });
  const written = ({ scheme, parameters, space }: typeof challenge extends fc.Arbitrary<infer T> ? T : never): string =>
    [
      scheme,
      parameters
        .map(([name, text]) => `${name}${space}=${space}"${text.replaceAll(/[\\"]/g, '\\$&')}"`)
        .join(`${space},${space}`),
    ]
      .filter((part) => part !== '')
      .join(' ');

  it('that keep to the grammar are read to what they were written from', () => {
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), fc.boolean(), (list, joined) => {
        const fields = list.map(written);
        expect(read(...(joined ? [fields.join(', ')] : fields))).toEqual(
          list.map(({ scheme, parameters }) => [
            scheme.toLowerCase(),
            Object.fromEntries(parameters.map(([name, text]) => [name.toLowerCase(), text])),
          ]),
        );
      }),
      { numRuns: 5_000, seed: 19 },
    );
  });

  it('that are anything are read or passed over', () => {
    const piece = fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', '"', '\\', 'realm', '\t', 'x', '/', '==');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          for (const { scheme, parameters } of parseChallenges([text])) {
            expect(scheme).toMatch(/^[^\s,="]+$/);
            for (const name of parameters.keys()) expect(text.toLowerCase()).toContain(name);
          }
        },
      ),
      { numRuns: 10_000, seed: 19 },
    );
  });

  it.each(['"\\', 'a=",', 'Bearer realm="\\"', ', ', 'a ', '='])('of many %j end', (piece) => {
    expect(() => parseChallenges([piece.repeat(20_000)])).not.toThrow();
  });
});
