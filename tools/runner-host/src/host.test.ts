import { expect, it } from 'vitest';
import { armScript, confirmScript } from './guard.ts';
import { applyChanges, type Examination } from './host.ts';
import type { Change } from './plan.ts';
import { facts } from './testing/hosts.ts';

const change = (area: Change['area'], what: string, renews = false): Change => ({
  area,
  what,
  script: `${what}\n`,
  guarded: false,
  ...(renews ? { renews } : {}),
});

const seen = (changes: readonly Change[], armed = false): Examination => ({
  observed: {
    facts: { ...facts, armed },
    files: new Map(),
    packages: new Map(),
    units: new Map(),
    users: new Map(),
    firewall: 'same',
  },
  changes,
  ailments: [],
});

it('looks at the host again after what gives it new facts, once for all of one area', async () => {
  const left = [
    change('packages', 'install', true),
    change('users', 'add a', true),
    change('users', 'add b', true),
    change('runner', 'write'),
    change('runner', 'start'),
  ];
  const done: string[] = [];
  const result = await applyChanges(
    {
      run: (script) => {
        done.push(script.replace('set -eu\n', '').trim());
        left.shift();
        return Promise.resolve('');
      },
      renew: () => Promise.reject(new Error('nothing is guarded')),
    },
    {
      look: () => {
        done.push('look');
        return Promise.resolve(seen([...left]));
      },
      step: () => undefined,
      confirm: () => Promise.resolve(true),
    },
  );
  expect(result).toBe('done');
  expect(done).toEqual(['look', 'install', 'look', 'add a', 'add b', 'look', 'write', 'start', 'look']);
});

it.each([
  ['nothing', []],
  ['something', [change('packages', 'install')]],
])('does %s only once the host has taken back what an apply left that broke off', async (_, changes) => {
  const applied = applyChanges(
    {
      run: () => Promise.reject(new Error('nothing may run')),
      renew: () => Promise.reject(new Error('nothing may run')),
    },
    {
      look: () => Promise.resolve(seen(changes, true)),
      step: () => undefined,
      confirm: () => Promise.resolve(true),
    },
  );
  await expect(applied).rejects.toThrow(/about to take back/);
});

const guarded: readonly Change[] = [
  { area: 'ssh', what: 'restart ssh', preparation: 'reload\n', script: 'restart ssh\n', guarded: true },
  { area: 'firewall', what: 'write', script: 'write\n', guarded: true },
  { area: 'firewall', what: 'start', preparation: 'reload\nenable\n', script: 'start\n', guarded: true },
];

/** Applies what is guarded, and lists what the host saw, without the text of the rollback. */
async function applyGuarded(renew: (done: string[]) => Promise<void>): Promise<{ done: string[]; failure: unknown }> {
  const done: string[] = [];
  let left = guarded;
  const failure: unknown = await applyChanges(
    {
      run: (script, { fresh = false } = {}) => {
        const text = script
          .replace('set -eu\n', '')
          .replace(armScript(), 'arm\n')
          .replace(confirmScript(), 'confirm\n');
        done.push(...text.trim().split('\n'), ...(fresh ? ['over a new connection'] : []));
        if (text.includes('arm')) left = [];
        return Promise.resolve('');
      },
      renew: () => renew(done),
    },
    {
      look: () => Promise.resolve(seen(left)),
      step: () => undefined,
      confirm: () => Promise.resolve(true),
    },
  ).catch((error: unknown) => error);
  return { done, failure };
}

it('does nothing within the time until the rollback that could be done before', async () => {
  const { done } = await applyGuarded((seenSoFar) => {
    seenSoFar.push('log in anew');
    return Promise.resolve();
  });
  expect(done).toEqual([
    ...['log in anew', 'reload', 'reload', 'enable'],
    ...['arm', 'restart ssh', 'write', 'start', 'confirm', 'over a new connection'],
  ]);
});

it('changes nothing that could cut off ssh where no new connection comes through even before', async () => {
  const { done, failure } = await applyGuarded(() => Promise.reject(new Error('no new connection')));
  expect(failure).toMatchObject({ message: 'no new connection' });
  expect(done).toEqual([]);
});
