import { describe, expect, it } from 'vitest';
import { outdated } from '../installed.mjs';

const root = { name: '@dockyard/source', version: '0.0.0' };

describe('outdated', () => {
  it('is satisfied with what is locked, without the packages of other platforms', () => {
    const packages = { 'node_modules/a': { version: '1.0.0' } };
    const locked = {
      packages: { '': root, ...packages, 'node_modules/a-darwin': { version: '1.0.0', optional: true } },
    };
    expect(outdated(locked, { packages })).toBeUndefined();
  });

  it('names a package of another version', () => {
    const locked = { packages: { 'node_modules/a': { version: '1.0.1' } } };
    expect(outdated(locked, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe('node_modules/a');
  });

  it('names a package of another version that is optional', () => {
    const locked = { packages: { 'node_modules/n': { version: '24.2.0', optional: true } } };
    const installed = { packages: { 'node_modules/n': { version: '24.1.0', optional: true } } };
    expect(outdated(locked, installed)).toBe('node_modules/n');
  });

  it('names a package that is missing', () => {
    const locked = { packages: { 'node_modules/a': { version: '1.0.0' } } };
    expect(outdated(locked, { packages: {} })).toBe('node_modules/a');
  });

  it('names a package that is locked no more', () => {
    expect(outdated({ packages: {} }, { packages: { 'node_modules/old': { version: '1.0.0' } } })).toBe(
      'node_modules/old',
    );
  });

  it('names a workspace that moved', () => {
    const link = (resolved: string) => ({ packages: { 'node_modules/@dockyard/x': { resolved, link: true } } });
    expect(outdated(link('libs/x'), link('tools/x'))).toBe('node_modules/@dockyard/x');
  });

  it('takes an empty installation for outdated', () => {
    expect(outdated({ packages: { 'node_modules/a': { version: '1.0.0' } } }, {})).toBe('node_modules/a');
  });
});
