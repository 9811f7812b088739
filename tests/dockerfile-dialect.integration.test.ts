import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { readDockerfile } from '@dockyard/dockerfile';
import { exec } from '@dockyard/exec';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_ARGS, mutatedDockerfile, validDockerfile } from '../libs/dockerfile/testing/dockerfiles.ts';
import { RUNS } from '@dockyard/diagnostic/testing';
import { testEngines } from './e2e/workspace-copy.ts';

const CASES = 80;
const AT_ONCE = 8;

/**
 * What we refuse and BuildKit takes: for Podman's sake, or because what it means to BuildKit is none of ours. One of our messages on such
 * a file must be one of these.
 */
const DELIBERATE = [
  /outside the dialect|found the front end/,
  /is no image reference|allowed for an image of this repository/,
  /unknown stage|is not there yet|takes from itself|is a folder of files|a stage cannot be named|a stage is already named/,
  /has no value here|is not declared before the first FROM|has no value in this stage/,
  /found the stage name|found ARG|found ENV|found --platform=/,
  /--\S+ lacks its value|lacks arguments; allowed: (?:RUN|CMD|ENTRYPOINT)/,
  /allowed: a name without variables|climbs out of the folder|fetches from the network|an OCI image cannot hold ONBUILD/,
  /unknown key .* of --mount|unknown mount type|a \S+ mount takes no from|from lacks its value/,
  // BuildKit finds these when it builds, and not yet when it lists the stages.
  /cannot be read/,
];

interface Answer {
  /** The name and the base of each stage; undefined where BuildKit refuses the file. */
  readonly stages: readonly { readonly name?: string; readonly base?: string }[] | undefined;
  readonly message: string;
}

const read = (text: string) => readDockerfile(text, 'Dockerfile', { namespace: 'dockyard', buildArgs: BUILD_ARGS });

const damaged = fc.sample(mutatedDockerfile, { ...RUNS, numRuns: CASES }).map((text) => text.toWellFormed());

it('the damaged Dockerfiles are right and wrong ones', () => {
  const right = damaged.filter((text) => read(text).ok).length;
  expect(right).toBeGreaterThan(CASES / 10);
  expect(right).toBeLessThan(CASES / 2);
});

describe.each(testEngines().filter((name) => name === 'buildkit'))('the dialect and %s', () => {
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dockyard-dialect-'));
    await mkdir(join(dir, 'empty'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** Hands a Dockerfile to the engine's own front end, with contexts that hold nothing. */
  const ask = async (name: string, text: string, options: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const file = join(dir, name);
    await writeFile(file, text);
    const command = {
      command: 'docker',
      args: [
        ...['buildx', 'build', '--progress=plain', '--output=type=cacheonly', '--file', file, ...options],
        ...Object.entries(BUILD_ARGS).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
        join(dir, 'empty'),
      ],
      env: { DOCKER_HOST: process.env['DOCKYARD_TEST_DOCKER_HOST'], ...env },
    };
    for (;;) {
      const result = await exec(command, { reject: false, timeoutMs: 120_000 });
      // Of an experimental buildx that fails (0.13) a few in a thousand die of this, and say nothing of the file.
      if (!result.stderr.includes('panic: send on closed channel')) return result;
    }
  };

  const stagesOf = async (i: number, text: string): Promise<Answer> => {
    const { exitCode, stdout, stderr } = await ask(`targets-${i}`, text, ['--print=targets,format=json'], {
      // Without it, buildx knows no --print.
      BUILDX_EXPERIMENTAL: '1',
    });
    if (exitCode === 0) return { stages: (JSON.parse(stdout) as { targets: Answer['stages'] }).targets, message: '' };
    // Anything else would be a fault of the test or the engine, and say nothing about the file.
    expect(stderr).toMatch(
      /ERROR: .*(?:pars|unknown instruction|requires|Dockerfile|must|flag|invalid|JSON|syntax|no instructions|heredoc|directive|missing|names can not)/i,
    );
    return { stages: undefined, message: stderr };
  };

  it('are one: BuildKit takes every Dockerfile of the dialect, and finds the same stages', async () => {
    const cases = fc.sample(validDockerfile, { ...RUNS, numRuns: CASES });
    await inTurns(cases, async ({ text, stages }, i) => {
      const answer = await stagesOf(i, text);
      expect(
        answer.stages?.map(({ name }) => name),
        `${text}\n${answer.message}`,
      ).toEqual(stages.map(({ name }) => name));
    });
  });

  it('are one: BuildKit needs the images and contexts that we find, and no others', async () => {
    const cases = fc.sample(validDockerfile, { ...RUNS, seed: RUNS.seed + 1, numRuns: CASES });
    await inTurns(cases, async ({ text, stages }, i) => {
      const result = read(text);
      if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
      const needed = result.value.references.filter(({ kind }) => kind !== 'stage' && kind !== 'scratch');
      // A last stage that needs all others, or BuildKit would pass over those that nothing needs.
      const all = `${text.replace(/ [\\`] \r?\n# end$/, '')}\nFROM scratch\n${stages.map((_, stage) => `COPY --from=${stage} / /${stage}/\n`).join('')}`;
      const names = [...new Set(needed.map(({ value }) => value))];
      const contexts = names.flatMap((name) => ['--build-context', `${name}=${join(dir, 'empty')}`]);
      // Not `--print=outline`, which would say it all: `ARG A=$A` makes that recurse until dockerd is gone (26.1).
      const { stderr } = await ask(`build-${i}`, all, contexts);
      // The build itself fails where it comes to a file that the empty contexts lack; all names are resolved before.
      expect(stderr, all).not.toMatch(/load metadata for|failed to resolve|parse error|failed to process|circular/);
      names.forEach((name) => expect(stderr, all).toContain(`[context ${name}]`));
    });
  });

  it('are one: of damaged Dockerfiles we take none that BuildKit refuses, and refuse others for a reason of ours only', async () => {
    await inTurns(damaged, async (text, i) => {
      const result = read(text);
      const answer = await stagesOf(i, text);
      if (result.ok) {
        expect(
          answer.stages?.map(({ name }) => name),
          `${text}\n${answer.message}`,
        ).toEqual(result.value.stages.map(({ name }) => name));
      } else if (answer.stages !== undefined) {
        const messages = result.diagnostics.map(({ message }) => message);
        expect(
          messages.filter((message) => DELIBERATE.some((reason) => reason.test(message))),
          `${text}\n${messages.join('\n')}`,
        ).not.toEqual([]);
      }
    });
  });
});

/** Runs a task for each item, a few at a time. */
async function inTurns<T>(items: readonly T[], task: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, item] of queue) await task(item, index);
    }),
  );
}
