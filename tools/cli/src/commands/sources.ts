import { dirname } from 'node:path';
import { checkSources } from '@dockyard/build';
import { fileOf } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { showProgress } from '@dockyard/sources';
import { cancellation } from '../cancellation.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects, pickProjects, projectOf } from '../workspace.ts';

/**
 * Compares the sources of definitions with what every mirror serves.
 *
 * @param names projects, their folders or definition files; all when empty
 * @param update write the digests of what the mirrors serve
 * @returns exit code
 * @throws {UserError} all that is wrong; the definitions concerned are as they were
 */
export async function sources(names: readonly string[], update: boolean): Promise<number> {
  const known = imageProjects(WORKSPACE);
  const folders = names.flatMap((name) => extending(name, known) ?? name.replace(/\/image\.yaml$/, ''));
  const picked = oneForEachFile(names.length === 0 ? [...known.keys()] : pickProjects(folders, known));
  const problems: UserError[] = [];
  for (const name of picked) {
    const progress = showProgress(process.stderr);
    try {
      problems.push(
        ...(await checkSources({
          workspace: WORKSPACE,
          root: known.get(name) ?? `images/${name}`,
          update,
          onLine: (line) => {
            console.log(line);
          },
          fetch: { signal: cancellation.signal, report: progress.report },
        })),
      );
    } finally {
      progress.end();
    }
  }
  const [first] = problems;
  if (first === undefined) return 0;
  if (problems.length === 1) throw first;
  throw new UserError(
    problems.map(({ message, hint }) => (hint === undefined ? message : `${message}\n→ ${hint}`)).join('\n\n'),
  );
}

/** The projects that extend a file; undefined where it is none that is extended. */
function extending(path: string, known: ReadonlyMap<string, string>): string[] | undefined {
  const file = path.replace(/^\.\//, '');
  if (dirname(dirname(file)) !== 'images' || !/(?<!\/image)\.yaml$/.test(file)) return undefined;
  const beside = [...known].filter(([, root]) => `${root}/`.startsWith(`${dirname(file)}/`)).map(([name]) => name);
  const found = beside.filter((name) => projectOf(name).definition.extends?.includes(file) === true);
  return found.length === 0 ? undefined : found;
}

/** Variants that share their sources are one question. */
function oneForEachFile(names: readonly string[]): string[] {
  const byFile = new Map<string, string>();
  for (const name of names) {
    const file = fileOf(projectOf(name).definition, 'sources');
    if (!byFile.has(file)) byFile.set(file, name);
  }
  return [...byFile.values()];
}
