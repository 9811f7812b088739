import { describe, expect, it } from 'vitest';
import { asRoot, available } from './podman-packages.ts';

describe('available', () => {
  it('keeps the packages that this release has, in our order', () => {
    expect(available('Package: runc\nVersion: 1\n\nPackage: podman\nVersion: 4\n\nPackage: other\n')).toEqual([
      'podman',
      'runc',
    ]);
  });
});

describe('asRoot', () => {
  it('uses sudo without a password where we are not root', () => {
    expect(asRoot(0, 'apt-get', ['update'])).toEqual({ command: 'apt-get', args: ['update'] });
    expect(asRoot(1000, 'apt-get', ['update'])).toEqual({ command: 'sudo', args: ['-n', 'apt-get', 'update'] });
  });
});
