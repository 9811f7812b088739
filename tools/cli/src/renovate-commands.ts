import type { Command } from 'commander';

/**
 * Adds `renovate` and what it does.
 *
 * @param program the command line
 * @param ended takes the exit code
 */
export function addRenovate(program: Command, ended: (exitCode: number) => void): void {
  const renovate = program
    .command('renovate')
    .description('check what Renovate sees of this repository, and run it')
    .addHelpText('after', '\nThe first use installs Renovate in tools/renovate/runtime (300 MB).');

  renovate
    .command('check')
    .description('validate renovate.json, and fail where Renovate would not see something that is pinned here')
    .action(async () => {
      ended(await (await import('./commands/renovate.ts')).checkRenovate());
    });

  renovate
    .command('list')
    .description('list every dependency that Renovate sees; change nothing')
    .option('--lookup', 'ask for newer versions too')
    .action(async (options: { lookup?: true }) => {
      ended(await (await import('./commands/renovate.ts')).listDependencies(options.lookup === true));
    });

  renovate
    .command('run')
    .description('open and update merge requests on GitLab; what a scheduled job runs (docs/renovate.md)')
    .action(async () => {
      ended(await (await import('./commands/renovate.ts')).runRenovate());
    });
}
