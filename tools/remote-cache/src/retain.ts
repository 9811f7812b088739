import { agreedTime, type Client, type RepositoryName, repositoryText } from '@dockyard/registry';
import { dayOf, unusedEntries } from './tags.ts';

/**
 * Removes the entries that nobody used for a time. Images lie in repositories of their own, so nothing that was published is touched.
 *
 * @param repository of the cache
 * @param o.days that an entry is kept after its last use
 * @param o.report takes a line
 * @returns how many went, and how many stay because the registry removes nothing
 * @throws {UserError} the registry can't be asked, or its clock and ours differ
 */
export async function removeUnused(
  client: Client,
  repository: RepositoryName,
  o: { days: number; report: (line: string) => void },
): Promise<{ removed: number; refused: number }> {
  const tags = await client.tags(repository);
  const unused = unusedEntries(tags, dayOf(agreedTime(client, repository)), o.days);
  let removed = 0;
  let refused = 0;
  for (const tag of unused) {
    const digest = await client.findManifest(repository, tag);
    if (digest === undefined) continue;
    const outcome = await client.deleteManifest(repository, digest);
    if (outcome === 'unsupported') refused += 1;
    else removed += 1;
  }
  const name = repositoryText(repository);
  if (refused > 0)
    o.report(`${name}: the registry removes nothing (${String(refused)} entries); switch deletion on there`);
  o.report(`${name}: ${String(removed)} entries removed that were not used for ${String(o.days)} days`);
  return { removed, refused };
}
