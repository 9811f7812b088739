import { describe, expect, it } from 'vitest';
import { decide, type Situation } from './decide.ts';
import { refusal } from './refusal.ts';

const remote = { platform: 'linux/arm64', host: 'ssh://builder@arm', source: 'DOCKYARD_RUNNERS' };
const situation: Situation = {
  project: 'redis',
  platform: 'linux/arm64',
  emulate: false,
  machine: { platform: 'linux/amd64', description: 'linux/amd64 (linux 6.1, x64)' },
  remotes: [],
  emulated: [],
};

describe('decide', () => {
  it.each<[string, Partial<Situation>, ReturnType<typeof decide>]>([
    ['its own platform', { platform: 'linux/amd64' }, { kind: 'local' }],
    ['386 on amd64', { platform: 'linux/386' }, { kind: 'local' }],
    ['a remote runner', { remotes: [remote] }, { kind: 'remote', remote }],
    [
      'a remote rather than emulation',
      { remotes: [remote], emulate: true, emulated: ['linux/arm64'] },
      { kind: 'remote', remote },
    ],
    [
      'a remote of its own platform, as it was asked for',
      { platform: 'linux/amd64', remotes: [{ ...remote, platform: 'linux/amd64' }] },
      { kind: 'remote', remote: { ...remote, platform: 'linux/amd64' } },
    ],
    ['nothing for a foreign platform', {}, { kind: 'refused' }],
    ['no emulation that was not asked for', { emulate: true }, { kind: 'refused' }],
    ['no emulation asked for another platform', { emulate: true, emulated: ['linux/s390x'] }, { kind: 'refused' }],
    ['emulation by name', { emulate: true, emulated: ['linux/arm64'] }, { kind: 'emulated' }],
    [
      'no armv7 on an arm64 machine',
      { platform: 'linux/arm/v7', machine: { platform: 'linux/arm64', description: '' } },
      { kind: 'refused' },
    ],
  ])('%s', (_, change, decision) => {
    expect(decide({ ...situation, ...change })).toEqual(decision);
  });

  it('never emulates a definition that says emulate: false, and says so', () => {
    expect(decide({ ...situation, emulated: ['linux/arm64'] })).toEqual({
      kind: 'refused',
      reason: 'DOCKYARD_EMULATE asks to emulate it, but redis says `emulate: false` and is never emulated.',
    });
  });
});

describe('refusal', () => {
  it('names project, platform, machine and the three ways out', () => {
    const error = refusal(situation, 'More.');
    expect(`${error.message}\n${error.hint ?? ''}`).toBe(`redis needs a runner of linux/arm64, and there is none here.
This machine is linux/amd64 (linux 6.1, x64).
More.
Three ways out:
  1. name a Docker Engine on a machine of that platform: DOCKYARD_RUNNERS="linux/arm64=ssh://user@host:22",
     or in .dockyard/runners.yaml: runners: { linux/arm64: "ssh://user@host:22" }
  2. build only what runs here, with DOCKYARD_PLATFORMS=linux/amd64, and let CI build the others
  3. emulate it, which is slow: only for a definition that says \`emulate: true\`, with DOCKYARD_EMULATE=linux/arm64; redis says \`emulate: false\``);
  });

  it('offers emulation plainly where the definition allows it', () => {
    expect(refusal({ ...situation, emulate: true }).hint).toMatch(
      /3\. emulate it, which is slow: DOCKYARD_EMULATE=linux\/arm64$/,
    );
  });
});
