import { expect, it } from 'vitest';
import { isOnThisMachine } from './docker-host.ts';

it.each([
  [undefined, true],
  ['unix:///var/run/docker.sock', true],
  ['npipe:////./pipe/docker_engine', true],
  ['tcp://127.0.0.1:2375', true],
  ['tcp://127.1.2.3:2375', true],
  ['tcp://localhost:2375', true],
  ['tcp://[::1]:2375', true],
  ['http://localhost:2375', true],
  // Docker reads no host as this one.
  ['tcp://:2375', true],
  ['tcp://build.example:2376', false],
  ['tcp://10.0.0.1:2375', false],
  ['tcp://localhost.example:2375', false],
  ['ssh://me@127.0.0.1:2222', false],
])('of %s is %s', (host, here) => {
  expect(isOnThisMachine(host)).toBe(here);
});
