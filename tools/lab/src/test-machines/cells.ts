import { UserError } from '@dockyard/exec';
import { type MachineKind, MACHINES, type UserKind } from './catalog.ts';

/** One row of the table: a machine, and who works on it. */
export interface Cell {
  readonly kind: MachineKind;
  readonly user: UserKind;
  /** `machine/user` */
  readonly name: string;
}

/**
 * Picks cells by name. Pure.
 *
 * @param names of machines (`debian-13`), or of one user on a machine (`debian-13/root`); all when empty
 * @returns in the order of the catalog
 * @throws {UserError} there is no such machine or user
 */
export function pickCells(names: readonly string[]): Cell[] {
  const all = MACHINES.flatMap((kind) => kind.users.map((user) => ({ kind, user, name: `${kind.name}/${user}` })));
  for (const name of names) {
    if (all.some((cell) => cell.name === name || cell.kind.name === name)) continue;
    const [machine = ''] = name.split('/');
    const known = MACHINES.find((kind) => kind.name === machine);
    throw new UserError(
      known === undefined
        ? `There is no test machine "${name}".`
        : `${machine} has no user "${name.slice(machine.length + 1)}".`,
      {
        hint: `There are: ${(known === undefined ? MACHINES.map((kind) => kind.name) : known.users.map((user) => `${machine}/${user}`)).join(', ')}.`,
      },
    );
  }
  return names.length === 0 ? all : all.filter((cell) => names.includes(cell.name) || names.includes(cell.kind.name));
}
