import { describe, expect, it } from 'vitest';
import { outdated } from '../start/installed.mjs';

const machine = { os: 'linux', cpu: 'x64', libc: 'glibc' };
const root = { name: '@dockyard/source', version: '0.0.0' };

describe('outdated', () => {
  it('is satisfied with what is locked, without the packages of other platforms', () => {
    const packages = { 'node_modules/a': { version: '1.0.0' } };
    const locked = {
      packages: { '': root, ...packages, 'node_modules/a-darwin': { version: '1.0.0', optional: true } },
    };
    expect(outdated(locked, { packages }, machine)).toBeUndefined();
  });

  it('names a package of another version', () => {
    const locked = { packages: { 'node_modules/a': { version: '1.0.1' } } };
    expect(outdated(locked, { packages: { 'node_modules/a': { version: '1.0.0' } } }, machine)).toBe('node_modules/a');
  });

  it('names a package of another version that is optional', () => {
    const locked = { packages: { 'node_modules/n': { version: '24.2.0', optional: true } } };
    const installed = { packages: { 'node_modules/n': { version: '24.1.0', optional: true } } };
    expect(outdated(locked, installed, machine)).toBe('node_modules/n');
  });

  it('names a package that is missing', () => {
    const locked = { packages: { 'node_modules/a': { version: '1.0.0' } } };
    expect(outdated(locked, { packages: {} }, machine)).toBe('node_modules/a');
  });

  it('names a package that is locked no more', () => {
    expect(outdated({ packages: {} }, { packages: { 'node_modules/old': { version: '1.0.0' } } }, machine)).toBe(
      'node_modules/old',
    );
  });

  it('names a workspace that moved', () => {
    const link = (resolved: string) => ({ packages: { 'node_modules/@dockyard/x': { resolved, link: true } } });
    expect(outdated(link('libs/x'), link('tools/x'), machine)).toBe('node_modules/@dockyard/x');
  });

  it.each([
    ['this platform', { os: 'linux', cpu: 'x64' }, true],
    ['this platform, in lists', { os: ['darwin', 'linux'], cpu: ['!arm'] }, true],
    ['this C library', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }, true],
    ['another C library', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }, false],
    ['another processor', { os: ['linux'], cpu: ['arm64'] }, false],
    ['any system but this', { os: ['!linux'] }, false],
    // It may be needed by a package of another platform only.
    ['no platform', {}, false],
  ])('asks of what is optional for what names %s', (_what, named, asked) => {
    const locked = { packages: { 'node_modules/n': { version: '1.0.0', optional: true, ...named } } };
    expect(outdated(locked, { packages: {} }, machine)).toBe(asked ? 'node_modules/n' : undefined);
  });

  it('takes an empty installation for outdated', () => {
    expect(outdated({ packages: { 'node_modules/a': { version: '1.0.0' } } }, {}, machine)).toBe('node_modules/a');
  });
});
