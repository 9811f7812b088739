import { exec, UserError } from '@dockyard/exec';
import {
  ensureRenovate,
  expectedDependencies,
  extract,
  findUnseen,
  gitlabEnvironment,
  renovateFacts,
  runOnGitlab,
  type Runtime,
  validate,
} from '@dockyard/renovate';
import { cancellation } from '../cancellation.ts';
import { printLine } from '../nx.ts';
import { WORKSPACE } from '../root.ts';
import { renderTable } from '../text.ts';

/**
 * Validates renovate.json and compares what Renovate sees with what is pinned here.
 *
 * @returns exit code
 * @throws {UserError} the configuration is wrong, or something is not seen
 */
export async function checkRenovate(): Promise<number> {
  const { definitions, expected, unannounced } = expectedDependencies(WORKSPACE);
  const runtime = await installed();
  const { signal } = cancellation;
  await validate(exec, runtime, WORKSPACE, signal);
  const { unparsable } = await renovateFacts(exec, runtime, definitions);
  const extracted = await extract(exec, runtime, WORKSPACE, { signal });
  const problems = [...unannounced, ...unparsable, ...findUnseen(expected, extracted)];
  if (problems.length > 0)
    throw new UserError(`Renovate would not keep this current:\n${problems.map((line) => `  ${line}`).join('\n')}`, {
      hint: 'Add `update:` to the definition, or a manager to renovate.json: docs/renovate.md',
    });
  console.log(`renovate.json is valid, and Renovate sees all ${String(expected.length)} pinned versions.`);
  return 0;
}

/**
 * Prints what Renovate sees.
 *
 * @param lookup ask for newer versions too
 * @returns exit code
 */
export async function listDependencies(lookup: boolean): Promise<number> {
  const runtime = await installed();
  if (lookup) console.error('asking every datasource for newer versions');
  const extracted = await extract(exec, runtime, WORKSPACE, { lookup, signal: cancellation.signal });
  console.log(
    renderTable(
      ['file', 'name', 'version', 'type', lookup ? 'newer' : 'left alone'],
      extracted.map(({ file, name, value = '', type = '', updates, warnings, skipReason = '' }) => [
        file,
        name,
        value,
        type,
        [...(lookup ? updates : []), ...warnings, skipReason].filter((text) => text !== '').join(', '),
      ]),
    ),
  );
  return 0;
}

/**
 * Runs Renovate on the GitLab project of this job.
 *
 * @returns its exit code
 * @throws {UserError} the environment lacks something
 */
export async function runRenovate(): Promise<number> {
  // Before anything is installed.
  gitlabEnvironment(WORKSPACE, process.env);
  return runOnGitlab(exec, await installed(), WORKSPACE, { onLine: printLine, signal: cancellation.signal });
}

function installed(): Promise<Runtime> {
  return ensureRenovate(exec, WORKSPACE, {
    report: (line) => {
      console.error(line);
    },
    signal: cancellation.signal,
  });
}
