import { expect, it } from 'vitest';
import { compareVersions } from './version.ts';

it('takes a version that is the very same', () => {
  expect(() => {
    compareVersions('8.0.6', '8.0.6');
  }).not.toThrow();
});

it.each([
  ['8.0.6', '8.0.7', /says that it is version 8\.0\.6, and the definition that it is 8\.0\.7/],
  ['8.0.60', '8.0.6', /is version 8\.0\.60/],
  ['8.0', '8.0.6', /is version 8\.0,/],
  [undefined, '8.0.6', /no group of the name version/],
  ['8.0.6', undefined, /no label org\.opencontainers\.image\.version/],
])('refuses %j for %j', (said, declared, message) => {
  expect(() => {
    compareVersions(said, declared);
  }).toThrow(message);
});
