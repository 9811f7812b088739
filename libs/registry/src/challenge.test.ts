import { expect, it } from 'vitest';
import { parseChallenge } from './challenge.ts';

it.each([
  [
    'Bearer realm="https://gitlab.example.com/jwt/auth",service="container_registry",scope="repository:g/p:pull,push"',
    {
      scheme: 'bearer',
      realm: 'https://gitlab.example.com/jwt/auth',
      service: 'container_registry',
      scope: 'repository:g/p:pull,push',
    },
  ],
  ['bearer realm="https://auth.docker.io/token"', { scheme: 'bearer', realm: 'https://auth.docker.io/token' }],
  ['Basic realm="Registry Realm"', { scheme: 'basic' }],
  ['Negotiate', undefined],
  ['Bearer service="no realm"', undefined],
  ['Bearer realm="no url"', undefined],
])('%s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
