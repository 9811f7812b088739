import type { Command } from 'commander';

/**
 * Adds `runner-host` and what it does.
 *
 * @param program the command line
 * @param ended takes the exit code
 */
export function addRunnerHost(program: Command, ended: (exitCode: number) => void): void {
  const hosts = program
    .command('runner-host')
    .description('make bare Debian and Ubuntu machines GitLab runners, and keep them so (runners.yaml)')
    .addHelpText(
      'after',
      `
Hosts are reached by the system's ssh, with its configuration and keys, as root or somebody who may sudo without a password.
The token of a runner is read from DOCKYARD_RUNNER_TOKEN_<HOST>_<TRUST>, such as DOCKYARD_RUNNER_TOKEN_ARM_1_PROTECTED, or from the
file that <the same>_FILE names. docs/runner-hosts.md leads from a bare machine to the first green job.`,
    );
  hosts
    .command('plan')
    .description('say what apply would do')
    .argument('<host>', 'name in runners.yaml')
    .action(async (host: string) => {
      ended(await (await import('./commands/runner-host.ts')).plan(host));
    });
  hosts
    .command('apply')
    .description('bring a host to what runners.yaml says; safe to run again, also after it was broken off')
    .argument('<host>', 'name in runners.yaml')
    .option('--yes', 'change firewall and sshd without asking')
    .action(async (host: string, options: { yes?: true }) => {
      ended(await (await import('./commands/runner-host.ts')).apply(host, options.yes === true));
    });
  hosts
    .command('check')
    .description('fail where a host is not what runners.yaml says, or is not well')
    .argument('<host>', 'name in runners.yaml')
    .action(async (host: string) => {
      ended(await (await import('./commands/runner-host.ts')).check(host));
    });
  hosts
    .command('status')
    .description('show all hosts, or those named')
    .argument('[host...]', 'names in runners.yaml')
    .option('--json', 'as JSON')
    .action(async (names: string[], options: { json?: true }) => {
      ended(await (await import('./commands/runner-host.ts')).status(names, options.json === true));
    });
}
