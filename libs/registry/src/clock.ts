import { UserError } from '@dockyard/exec';
import type { Client } from './client.ts';
import { type RepositoryName, repositoryText } from './reference.ts';

const DAY = 24 * 60 * 60 * 1000;

/**
 * The time that what is old is judged by: the registry's, which all who use it share. Where this machine's clock says another day, one of both
 * is wrong, and by a clock of the year 2100 everything is old.
 *
 * @param repository of a registry that has answered already
 * @returns milliseconds since 1970
 * @throws {UserError} the clocks differ by more than a day
 */
export function agreedTime(client: Client, repository: RepositoryName): number {
  const theirs = client.now(repository);
  const ours = Date.now();
  if (Math.abs(theirs - ours) <= DAY) return theirs;
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  throw new UserError(
    `${repositoryText(repository)}: the registry's clock says ${day(theirs)}, this machine's says ${day(ours)}. Nothing is removed.`,
    { hint: 'Set the one that is wrong, and run it again.' },
  );
}
