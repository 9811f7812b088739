import { describe, expect, it } from 'vitest';
import { commandToHandOn } from './cell.ts';

describe('commandToHandOn', () => {
  it('finds the command, and answers its question', () => {
    expect(
      commandToHandOn('There is none.\n→ Run once: sudo apt-get install --no-install-recommends podman uidmap\n'),
    ).toBe('apt-get install --yes --no-install-recommends podman uidmap');
    expect(commandToHandOn('sudo apt-get install --yes podman')).toBe('apt-get install --yes podman');
    expect(commandToHandOn('Run: sudo apt-get update && sudo apt-get install podman')).toBe(
      'apt-get update && apt-get install --yes podman',
    );
  });

  it('finds none where none is told', () => {
    expect(commandToHandOn('sudo is not there')).toBeUndefined();
  });
});
