import { expect, it } from 'vitest';
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
    { run: () => Promise.reject(new Error('nothing may run')) },
    {
      look: () => Promise.resolve(seen(changes, true)),
      step: () => undefined,
      confirm: () => Promise.resolve(true),
    },
  );
  await expect(applied).rejects.toThrow(/about to take back/);
});
