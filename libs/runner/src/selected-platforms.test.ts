import { expect, it } from 'vitest';
import { thisMachine } from './machine.ts';
import { nothingSelected, platformSelector } from './selected-platforms.ts';

const declared = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
const options = { machine: thisMachine('x64'), cwd: '/nonexistent' };
const selected = (env: NodeJS.ProcessEnv, emulate = false) =>
  platformSelector({ ...options, env })({ platforms: declared, emulate });

it.each<[string, NodeJS.ProcessEnv, string[]]>([
  ['what runs here', {}, ['linux/amd64']],
  ['what has a remote runner too', { DOCKYARD_RUNNERS: 'linux/s390x=ssh://z' }, ['linux/amd64', 'linux/s390x']],
  ['everything in CI', { CI: 'true' }, declared],
  ['what runs here where CI is false', { CI: 'false' }, ['linux/amd64']],
  [
    'what is asked for, even in CI, in the order of the definition',
    { CI: '1', DOCKYARD_PLATFORMS: 'linux/s390x,linux/arm64' },
    ['linux/arm64', 'linux/s390x'],
  ],
  ['nothing that is not declared', { DOCKYARD_PLATFORMS: 'linux/riscv64' }, []],
  ['nothing emulated that the definition does not allow', { DOCKYARD_EMULATE: 'linux/arm64' }, ['linux/amd64']],
])('selects %s', (_, env, platforms) => {
  expect(selected(env)).toEqual(platforms);
});

it('selects what is emulated by name where the definition allows it', () => {
  expect(selected({ DOCKYARD_EMULATE: 'linux/arm64' }, true)).toEqual(['linux/amd64', 'linux/arm64']);
});

it.each(['DOCKYARD_PLATFORMS', 'DOCKYARD_EMULATE'])('refuses an unknown platform in %s', (name) => {
  expect(() => selected({ [name]: 'linux/arm64,arm' })).toThrow(`${name}: unknown platform "arm"`);
});

it.each<[string, NodeJS.ProcessEnv, string, string]>([
  [
    'a selection of others',
    { DOCKYARD_PLATFORMS: 'linux/riscv64' },
    'boat is built for linux/amd64, linux/arm64, linux/s390x, and DOCKYARD_PLATFORMS selects linux/riscv64 alone.',
    'Name one of its platforms there (DOCKYARD_PLATFORMS=linux/amd64), or unset it.',
  ],
  [
    'platforms that have no runner here',
    {},
    'boat is built for linux/amd64, linux/arm64, linux/s390x, and none of them has a runner here.',
    'Name a Docker Engine on such a machine: DOCKYARD_RUNNERS="linux/amd64=ssh://user@host" (or .dockyard/runners.yaml).',
  ],
])('says what to do about %s', (_, env, message, hint) => {
  expect(nothingSelected('boat', declared, env)).toMatchObject({ message, hint });
});
