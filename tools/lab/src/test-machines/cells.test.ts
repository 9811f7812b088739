import { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { pickCells } from './cells.ts';

const names = (...picked: string[]): string[] => pickCells(picked).map(({ name }) => name);

describe('pickCells', () => {
  it('takes a machine with all of its users, or one of them, in the order of the catalog', () => {
    expect(names('sid/user', 'debian-12')).toEqual(['debian-12/root', 'debian-12/sudo', 'debian-12/user', 'sid/user']);
  });

  it('takes all where none is named', () => {
    expect(names()).toContain('experimental/user');
    expect(names().length).toBeGreaterThan(12);
  });

  it.each([
    ['debian-11', 'There is no test machine "debian-11".', /debian-12, debian-13/],
    ['sid-docker/sudo', 'sid-docker has no user "sudo".', /sid-docker\/root, sid-docker\/user\.$/],
  ])('refuses %s, and names what there is', (name, message, hint) => {
    let error: unknown;
    try {
      names(name);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message, hint: expect.stringMatching(hint) as string });
  });
});
