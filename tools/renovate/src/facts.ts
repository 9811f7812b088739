import { fileURLToPath } from 'node:url';
import type { Definition } from '@dockyard/definition';
import type { Exec } from '@dockyard/exec';
import { z } from 'zod';
import { renovateEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

const factsSchema = z.object({
  datasources: z.array(z.string()),
  versionings: z.array(z.string()),
  unparsable: z.array(z.number()),
});

/** What only Renovate's own code knows. */
export interface Facts {
  readonly datasources: readonly string[];
  readonly versionings: readonly string[];
  /** A sentence for each definition whose version its versioning can't compare: Renovate would never raise it, and say nothing. */
  readonly unparsable: readonly string[];
}

/**
 * Asks the installed Renovate about the versions of definitions.
 *
 * @param exec what runs Node
 * @param runtime the installed Renovate
 * @param definitions those without `update` are passed over
 * @throws {CommandError} its modules have other names
 */
export async function renovateFacts(
  exec: Exec,
  runtime: Runtime,
  definitions: readonly Pick<Definition, 'file' | 'version' | 'update'>[],
): Promise<Facts> {
  const pins = definitions.flatMap(({ file, version, update }) =>
    update === undefined ? [] : [{ ...update, file, version }],
  );
  const { stdout } = await exec({
    command: process.execPath,
    args: [fileURLToPath(new URL('renovate-facts.mjs', import.meta.url)), runtime.folder],
    env: renovateEnvironment(process.env),
    input: JSON.stringify(pins),
  });
  const { unparsable, ...lists } = factsSchema.parse(JSON.parse(stdout));
  return {
    ...lists,
    unparsable: unparsable.flatMap((index) => {
      const pin = pins[index];
      if (pin === undefined) return [];
      const { file, version, versioning, datasource } = pin;
      const way = versioning === undefined ? `the versioning of ${datasource}` : `the versioning ${versioning}`;
      return [`${file}: ${way} can't read the version ${version}; name another one: update.versioning`];
    }),
  };
}
