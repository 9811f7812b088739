import { join } from 'node:path';
import {
  type CellResult,
  labFolder,
  MACHINES,
  type MatrixResult,
  pickCells,
  projectsOf,
  runMatrix,
} from '@dockyard/lab';
import { cancellation } from '../cancellation.ts';
import { WORKSPACE } from '../root.ts';
import { formatSeconds, renderTable, shortDigest } from '../text.ts';

/**
 * Builds the last commit on machines of other kinds, made of Debian packages, and compares what comes out.
 *
 * @param names machines, or users on them; all when empty
 * @param options.list only say which there are
 * @param options.small leave out `hello`, and with it the base and the compilers
 * @param options.dir folder for the roots
 * @returns exit code: 1 where one does not work, or two give different digests
 * @throws {UserError} unknown machine, or none can be made here
 */
export async function testMachines(
  names: readonly string[],
  options: { list?: true; small?: true; dir?: string },
): Promise<number> {
  const cells = pickCells(names);
  if (options.list === true) {
    console.log(
      renderTable(
        ['machine', 'suite', 'Node', 'engine', 'cgroups', 'users'],
        MACHINES.map(({ name, suite, node, engine, fromExperimental, cgroups, users }) => [
          name,
          suite,
          node === undefined ? "the suite's" : `${node.node}, npm ${node.npm}`,
          `${engine === 'docker' ? 'Docker Engine' : 'Podman'}${fromExperimental === undefined ? '' : ' of experimental'}`,
          cgroups === 'own' ? "this machine's" : cgroups,
          users.join(', '),
        ]),
      ),
    );
    return 0;
  }
  const started = performance.now();
  const report = (line: string): void => {
    console.log(`[${formatSeconds((performance.now() - started) / 1000)}] ${line}`);
  };
  const { results, different, logs } = await runMatrix({
    cells,
    dir: options.dir ?? join(labFolder(), 'test-machines'),
    checkout: WORKSPACE,
    images: options.small === true ? [] : ['hello'],
    report,
    onResult: ({ cell, failure }) => {
      report(`${cell.name}: ${failure === undefined ? 'works' : 'does not work'}`);
    },
    signal: cancellation.signal,
  });
  console.log(`\n${table(results)}`);
  for (const { cell, failure } of results)
    if (failure !== undefined) console.log(`\n${cell.name} does not work: ${failure}`);
  for (const each of different) console.log(`\n${describe(each)}`);
  console.log(`\nLogs: ${logs}`);
  return different.length === 0 && results.every(({ failure }) => failure === undefined) ? 0 : 1;
}

function table(results: readonly CellResult[]): string {
  const projects = projectsOf(results);
  return renderTable(
    ['machine', 'user', 'engine', 'works', 'seconds', ...projects],
    results.map(({ cell, engine, seconds, digests, failure }) => [
      ...cell.name.split('/'),
      engine ?? '–',
      failure === undefined ? 'yes' : 'no',
      Object.entries(seconds)
        .map(([name, took]) => `${name} ${took.toFixed(0)}`)
        .join(', '),
      ...projects.map((project) => shortDigest(digests[project] ?? '–')),
    ]),
  );
}

function describe({ project, digests, differences }: MatrixResult['different'][number]): string {
  return [
    `${project} has ${String(digests.length)} digests:`,
    ...digests.flatMap(([digest, cells], index) => [
      `  ${shortDigest(digest)}  ${cells.join(', ')}${index === 0 ? '' : '; beside the first:'}`,
      ...(differences.get(digest) ?? []).map((line) => `    ${line}`),
    ]),
  ].join('\n');
}
