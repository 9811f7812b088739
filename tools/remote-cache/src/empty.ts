import { type Client, type RepositoryName, repositoryText } from '@dockyard/registry';

const EVERY = 100;

/**
 * Removes every entry of one part of the cache, as after something wrote to it that must not. Run again, it goes on where it was stopped.
 *
 * @param client whose credentials may delete
 * @param repository of that part
 * @param o.dryRun count, and remove nothing
 * @param o.report takes a line
 * @returns how many entries went or would go, and how many stay because the registry removes nothing
 * @throws {UserError} the registry can't be asked, or refuses
 */
export async function emptyRepository(
  client: Client,
  repository: RepositoryName,
  o: { dryRun: boolean; report: (line: string) => void },
): Promise<{ removed: number; refused: number }> {
  const name = repositoryText(repository);
  let removed = 0;
  let refused = 0;
  const seen = new Set<string>();
  // Several tags lead to one entry: its own, the days of its use, what it took.
  for (const tag of await client.tags(repository)) {
    const digest = await client.findManifest(repository, tag);
    if (digest === undefined || seen.has(digest)) continue;
    seen.add(digest);
    if (!o.dryRun && (await client.deleteManifest(repository, digest)) === 'unsupported') refused += 1;
    else removed += 1;
    if (seen.size % EVERY === 0) o.report(`${name}: ${String(seen.size)} entries so far`);
  }
  if (refused > 0)
    o.report(`${name}: the registry removes nothing (${String(refused)} entries); switch deletion on there`);
  o.report(`${name}: ${String(removed)} entries ${o.dryRun ? 'would be removed' : 'removed'}`);
  return { removed, refused };
}
