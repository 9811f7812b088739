import { expect, it } from 'vitest';
import { labPaths } from './paths.ts';

it('refuses a folder whose sockets would have too long a path', () => {
  expect(() => labPaths(`/${'x'.repeat(60)}`)).toThrow(/too long a path for a unix socket: \/x+/);
  expect(Buffer.byteLength(labPaths(`/${'x'.repeat(43)}`).dockerSocket)).toBeLessThanOrEqual(107);
});
