import { Argument, type Command, InvalidArgumentError } from 'commander';

/**
 * Adds `cache` and what it does.
 *
 * @param program the command line
 * @param ended takes the exit code
 */
export function addCache(program: Command, ended: (exitCode: number) => void): void {
  const cache = program
    .command('cache')
    .description('use the cache of built tasks that CI keeps in a registry, and tidy it up')
    .addHelpText(
      'after',
      `
For example
  DOCKYARD_CACHE=registry.example.com/group/project/cache npx dockyard cache run npx nx image redis
Entries are read with the credentials of podman login or docker login; only jobs of CI write any.`,
    );
  cache
    .command('run')
    .description(
      'run a command of Nx with the shared cache (DOCKYARD_CACHE) beside it; a cache that fails is only slower',
    )
    .argument('<command...>', 'such as npx nx affected -t image')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (words: string[]) => {
      ended(await (await import('./commands/cache.ts')).run(words));
    });
  cache
    .command('retain')
    .description('remove entries that nobody used for a time')
    .option('--days <n>', 'days since their last use', days, 30)
    .action(async (options: { days: number }) => {
      ended(await (await import('./commands/cache.ts')).retain(options.days));
    });
  cache
    .command('empty')
    .description(
      'remove all entries of one level of trust, as after a compromise (SECURITY.md); builds are only slower then',
    )
    .addArgument(new Argument('<level>', 'whose entries go').choices(['protected', 'unprotected']))
    .option('--dry-run', 'tell how many would go, and remove nothing')
    .action(async (level: 'protected' | 'unprotected', options: { dryRun?: boolean }) => {
      ended(await (await import('./commands/cache.ts')).empty(level, options.dryRun === true));
    });
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
}
