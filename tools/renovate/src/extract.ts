import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exec, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { z } from 'zod';
import { renovateEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

const reportSchema = z.object({
  repositories: z.record(
    z.string(),
    z.object({
      packageFiles: z.record(
        z.string(),
        z.array(
          z.object({
            packageFile: z.string(),
            deps: z.array(
              z.object({
                depName: z.string().optional(),
                packageName: z.string().optional(),
                currentValue: z.string().nullish(),
                currentDigest: z.string().nullish(),
                depType: z.string().optional(),
                datasource: z.string().optional(),
                versioning: z.string().optional(),
                skipReason: z.string().optional(),
                updates: z
                  .array(z.object({ updateType: z.string().optional(), newValue: z.string().nullish() }))
                  .optional(),
                warnings: z.array(z.object({ message: z.string() })).optional(),
              }),
            ),
          }),
        ),
      ),
    }),
  ),
});

/** A dependency as Renovate sees it. */
export interface Extracted {
  readonly manager: string;
  /** Relative to the workspace root. */
  readonly file: string;
  readonly name: string;
  readonly value?: string;
  readonly digest?: string;
  readonly type?: string;
  readonly datasource?: string;
  readonly versioning?: string;
  /** Why Renovate leaves it alone. */
  readonly skipReason?: string;
  /** Versions that it would raise it to; only after a lookup. */
  readonly updates: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads a report of Renovate (`RENOVATE_REPORT_TYPE=file`).
 *
 * @param text its JSON
 * @returns every dependency of every repository in it, in its order
 * @throws {z.ZodError} it has another shape
 */
export function readReport(text: string): Extracted[] {
  const { repositories } = reportSchema.parse(JSON.parse(text));
  return Object.values(repositories).flatMap(({ packageFiles }) =>
    Object.entries(packageFiles).flatMap(([manager, files]) =>
      files.flatMap(({ packageFile, deps }) =>
        deps.map((dep): Extracted => ({
          manager,
          file: packageFile,
          name: dep.packageName ?? dep.depName ?? '',
          ...(dep.currentValue != null && { value: dep.currentValue }),
          ...(dep.currentDigest != null && { digest: dep.currentDigest }),
          ...(dep.depType !== undefined && { type: dep.depType }),
          ...(dep.datasource !== undefined && { datasource: dep.datasource }),
          ...(dep.versioning !== undefined && { versioning: dep.versioning }),
          ...(dep.skipReason !== undefined && { skipReason: dep.skipReason }),
          updates: (dep.updates ?? []).map(({ updateType, newValue }) => newValue ?? updateType ?? ''),
          warnings: (dep.warnings ?? []).map(({ message }) => message),
        })),
      ),
    ),
  );
}

export interface LocalOptions {
  /** Ask the datasources for newer versions too; that takes longer, and the network. */
  readonly lookup?: boolean;
  readonly signal?: AbortSignal;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs Renovate on the working tree, and changes nothing.
 *
 * @param exec what runs it
 * @param runtime the installed Renovate
 * @param workspace absolute path of the root of a git work tree
 * @param options lookup, and what ends it
 * @returns every dependency that it sees
 * @throws {UserError} it failed, or gave up
 */
export async function extract(
  exec: Exec,
  runtime: Runtime,
  workspace: string,
  options: LocalOptions = {},
): Promise<Extracted[]> {
  return withTemporaryDirectory(join(workspace, '.dockyard', 'renovate'), 'report-', async (dir) => {
    const path = join(dir, 'report.json');
    const { exitCode, stdout, stderr } = await exec(
      {
        command: runtime.renovate,
        args: ['--platform=local', `--dry-run=${options.lookup === true ? 'lookup' : 'extract'}`],
        cwd: workspace,
        env: {
          ...renovateEnvironment(process.env),
          LOG_LEVEL: 'warn',
          RENOVATE_REPORT_TYPE: 'file',
          RENOVATE_REPORT_PATH: path,
          // Without a token it would see no GitHub package; extracting asks nobody.
          ...(options.lookup !== true && { RENOVATE_GITHUB_COM_TOKEN: 'none' }),
          ...options.env,
        },
      },
      { reject: false, ...(options.signal !== undefined && { signal: options.signal }) },
    );
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (exitCode !== 0 || text === undefined)
      throw new UserError(`Renovate failed with exit code ${exitCode}:\n${[stdout, stderr].join('\n').trim()}`);
    const extracted = readReport(text);
    // A registry that doesn't answer ends the whole run, with exit code 0.
    if (extracted.length === 0)
      throw new UserError(`Renovate gave up:\n${[stdout, stderr].join('\n').trim()}`, {
        hint: 'One registry that does not answer is enough for that; without --lookup none is asked.',
      });
    return extracted;
  });
}
