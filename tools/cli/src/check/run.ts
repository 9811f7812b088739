import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { cancellation } from '../cancellation.ts';
import { colourEnvironment, nxColourEnvironment } from '../colour.ts';
import { printLine } from '../nx.ts';
import { WORKSPACE } from '../root.ts';
import { countTests, type Count } from './count.ts';
import type { TestEngines } from './engines.ts';
import { type Check, pickStages, type Stage, vitestArguments } from './stages.ts';
import { type StageResult, summarize } from './summary.ts';

/**
 * Runs checks and tests, each stage to its end, and prints what they came to.
 *
 * @param names stages; all when empty
 * @returns exit code
 * @throws {UserError} there is no such stage
 */
export async function check(names: readonly string[]): Promise<number> {
  const stages = pickStages(names);
  const results: StageResult[] = [];
  let engines: TestEngines | undefined;
  try {
    for (const stage of stages) {
      heading(stage.name);
      const started = performance.now();
      const done = (outcome: { count: Count; note?: string } | { leftOut: string }): void => {
        results.push({ name: stage.name, seconds: (performance.now() - started) / 1000, ...outcome });
      };
      if (stage.kind === 'check') {
        done({ count: await runChecks(stage.checks) });
        continue;
      }
      if (stage.kind === 'images') {
        // Loaded late, as below.
        done(await (await import('./images.ts')).testTouchedImages());
        continue;
      }
      if (stage.needsEngines) {
        // Loaded late, so that checks run even where a library can't be loaded.
        const { bringUpEngines } = await import('./engines.ts');
        engines ??= await bringUpEngines((line) => {
          console.log(`set-up: ${line}`);
        });
        if (engines.names.length === 0) {
          done({ leftOut: 'there is no engine, and this machine gives no right to install one' });
          continue;
        }
      }
      done({ count: await runTests(stage, stage.needsEngines ? engines?.env : undefined) });
    }
  } finally {
    await engines?.stop();
  }
  heading('summary');
  const { text, exitCode } = summarize(results, engines?.leftOut ?? [], process.env['CI'] === 'true');
  console.log(text);
  return exitCode;
}

async function runChecks(checks: readonly Check[]): Promise<Count> {
  let failed = 0;
  for (const { command, args } of checks) {
    // A result that Nx restores is a result; what stays out is its daemon, which would outlive us.
    if ((await runProgram(command, args, { NX_DAEMON: 'false', NX_TUI: 'false' })) !== 0) failed = 1;
  }
  return { passed: 1 - failed, failed, skipped: [] };
}

async function runTests(
  stage: Extract<Stage, { kind: 'tests' }>,
  env: Readonly<Record<string, string>> = {},
): Promise<Count> {
  const folder = join(WORKSPACE, 'dist', 'test');
  const report = join(folder, stage.name);
  await mkdir(folder, { recursive: true });
  for (const suffix of ['.json', '.xml']) await rm(`${report}${suffix}`, { force: true });
  const exitCode = await runProgram('vitest', vitestArguments(stage, report), env);
  const text = await readFile(`${report}.json`, 'utf8').catch(() => undefined);
  return countTests(text, exitCode);
}

async function runProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const { exitCode } = await exec(
    {
      command: join(WORKSPACE, 'node_modules', '.bin', name),
      args,
      cwd: WORKSPACE,
      env: { ...(name === 'nx' ? nxColourEnvironment() : colourEnvironment()), ...env },
    },
    { reject: false, signal: cancellation.signal, onLine: printLine },
  );
  return exitCode;
}

function heading(title: string): void {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 72 - title.length))}`);
}
