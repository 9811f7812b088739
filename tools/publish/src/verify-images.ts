import { UserError } from '@dockyard/exec';
import { Client, type ImmutableClaim, repositoryText, verifyTags } from '@dockyard/registry';
import { registriesOf } from './registries.ts';

/**
 * Holds every tag in every registry of DOCKYARD_REGISTRIES to what publishing has noted there, and the registries to each other: an immutable
 * tag is the same in all that have it. One that fails doesn't keep the next from its turn. Nothing is changed.
 *
 * @param o.env the environment: DOCKYARD_REGISTRIES, and what credentials are read from
 * @param o.onLine takes a line
 * @returns whether all is as it was published
 * @throws {UserError} no registry is named
 */
export async function verifyImages(o: {
  env: Readonly<Record<string, string | undefined>>;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}): Promise<boolean> {
  const moved: string[] = [];
  let reached = true;
  /** By image and tag, what the first registry that has it says. */
  const known = new Map<string, { registry: string; claim: ImmutableClaim }>();
  for (const prefix of registriesOf(o.env)) {
    const registry = repositoryText(prefix);
    const client = new Client({ report: o.onLine, ...(o.signal !== undefined && { signal: o.signal }) });
    try {
      const { findings, tags, immutable } = await verifyTags({ client, prefix });
      moved.push(...findings);
      for (const claim of immutable) {
        const key = `${claim.image}:${claim.revision}`;
        const first = known.get(key) ?? { registry, claim };
        known.set(key, first);
        if (first.claim.digest !== claim.digest)
          moved.push(
            `${registry}/${key} was published as ${claim.digest}, and as ${first.claim.digest} in ${first.registry}.`,
          );
      }
      o.onLine(`${registry}: ${String(tags)} tags, ${String(findings.length)} not as they were published`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reached = false;
      o.onLine(`${registry}: ${error.message}${error.hint === undefined ? '' : `\n→ ${error.hint}`}`);
    } finally {
      await client.close();
    }
  }
  for (const line of moved) o.onLine(line);
  if (moved.length > 0)
    o.onLine('→ Find out who may push there, and what they pushed. docs/ci.md says how a tag is put back.');
  return reached && moved.length === 0;
}
