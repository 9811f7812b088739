import { type Command, InvalidArgumentError } from 'commander';
import type { ChangeOptions, GenerateOptions, SimulateOptions, SummaryOptions } from './commands/pipeline.ts';

/**
 * Adds `pipeline` and what it does.
 *
 * @param program the command line
 * @param ended takes the exit code
 */
export function addPipeline(program: Command, ended: (exitCode: number) => void): void {
  const pipeline = program
    .command('pipeline')
    .description(
      'generate the CI pipeline of a change, summarize it, note and tidy up what it published, simulate a fleet',
    );
  const ofChange = (command: Command): Command =>
    command
      .option('--base <commit>', 'commit before the change; without it, or all zeros: everything', revision)
      .option('--head <commit>', 'commit with the change', revision, 'HEAD');

  pipeline
    .command('base')
    .description('say what `nx affected` has to compare: NX_BASE and NX_HEAD')
    .option('--output <file>', 'write it to this file, for artifacts:reports:dotenv')
    .action(async (options: { output?: string }) => {
      ended(await (await import('./commands/published.ts')).base(options));
    });

  pipeline
    .command('boundary')
    .description('fail where a job could write what the default branch reads, with what every job has; CI runs it')
    .action(async () => {
      ended(await (await import('./commands/published.ts')).boundary());
    });

  pipeline
    .command('published')
    .description('note in the registry that everything of HEAD was published')
    .action(async () => {
      ended(await (await import('./commands/published.ts')).published());
    });

  pipeline
    .command('retain')
    .description('remove from the registries (DOCKYARD_REGISTRIES) what publishing left there and no tag leads to')
    .option('--days <n>', 'days that it is kept after it was pushed', positive, 30)
    .option('--dry-run', 'say what would go, and change nothing')
    .action(async (options: { days: number; dryRun?: boolean }) => {
      ended(await (await import('./commands/published.ts')).retain(options));
    });

  pipeline
    .command('verify')
    .description('hold every tag in the registries (DOCKYARD_REGISTRIES) to what it was published as; changes nothing')
    .action(async () => {
      ended(await (await import('./commands/verify.ts')).verify());
    });

  ofChange(pipeline.command('generate').description('write a GitLab child pipeline of what a change affects'))
    .requiredOption('--output <file>', 'the file to write')
    .option(
      '--durations <file>',
      'seconds, { "<task id>": seconds }; by default those that CI recorded in DOCKYARD_CACHE: the longest way goes first',
    )
    .option('--max-jobs <n>', 'jobs that the GitLab instance allows; more are batched (500 by default)', positive)
    .action(async (options: GenerateOptions & ChangeOptions) => {
      ended(await (await import('./commands/pipeline.ts')).generate(options));
    });

  ofChange(
    pipeline
      .command('summary')
      .description(
        'say as Markdown which images a change affects, why, their sizes and tests, and how they differ from what is published',
      ),
  )
    .option('--output <file>', 'write it to this file, and print nothing')
    .action(async (options: SummaryOptions & ChangeOptions) => {
      ended(await (await import('./commands/pipeline.ts')).summary(options));
    });

  pipeline
    .command('durations')
    .description('write how long tasks took in CI (DOCKYARD_CACHE) to a file')
    .requiredOption('--output <file>', 'the file to write, for --durations')
    .action(async (options: { output: string }) => {
      ended(await (await import('./commands/pipeline.ts')).durations(options));
    });

  pipeline
    .command('simulate')
    .description('how long the pipeline of a fleet takes with so many runners, against other pipelines')
    .option('--images <n>', 'images of the fleet', positive, 500)
    .option('--runners <n...>', 'runners of each platform', (text, list: number[] | undefined) => [
      ...(list ?? []),
      positive(text),
    ])
    .option('--seed <n>', 'another fleet of that size', positive, 1)
    .option('--max-jobs <n>', 'jobs that the GitLab instance allows', positive)
    .option('--durations <file>', 'recorded seconds to draw from; made up by default')
    .action(async (options: SimulateOptions) => {
      ended(await (await import('./commands/pipeline.ts')).simulate(options));
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
}

/** Nx hands it to a shell, and git would take it for an option. */
function revision(text: string): string {
  if (/^\w[\w./@{}^~+-]*$/.test(text)) return text;
  throw new InvalidArgumentError('It is a commit, such as main, HEAD~1 or its id.');
}
