import { Command, Option } from 'commander';
import { addCache } from './cache-commands.ts';
import type { ImageOptions } from './commands/image.ts';
import type { LockOptions } from './commands/lock.ts';
import { refuseTakenOptions } from './npm-options.ts';
import { addPipeline } from './pipeline-commands.ts';
import { addRenovate } from './renovate-commands.ts';
import { addRunnerHost } from './runner-host-commands.ts';

/** The command line: parses, and runs one command. */
export interface Program {
  /**
   * @param args without node and script
   * @returns the exit code
   */
  run(args: readonly string[]): Promise<number>;
}

/** Makes the command line. Commands load when they run, so that `--help` is quick. */
export function createProgram(): Program {
  let exitCode = 0;
  const program = new Command('npx dockyard')
    .description('Builds, tests and inspects the container images of this repository.')
    .usage('<command> [options] [arguments]')
    .addHelpText(
      'after',
      `
For example
  npx dockyard image redis      build, test and load one image
  npx dockyard doctor           what this machine can build, and what is missing
  npx dockyard test             every check and test of this repository

Each command is a script of package.json too (npm run image redis), but npm takes options for itself unless they stand behind --.

Nx works as usual: npx nx image redis, npx nx affected -t image, npx nx graph.
Environment: DOCKYARD_ENGINE=podman|buildkit, DOCKYARD_PLATFORMS=linux/amd64,linux/arm64, DOCKYARD_RUNNERS="linux/arm64=ssh://user@host".`,
    )
    .showHelpAfterError('(npx dockyard <command> --help says more)')
    .helpCommand(false)
    // What comes after the command that `cache run` runs is that command's.
    .enablePositionalOptions();

  program
    .command('image')
    .description('build images for this machine, test them, load them into the engine')
    .argument('[project...]', 'image projects, such as redis; without any, lists them')
    .option('--all', 'of a name that several projects share, such as php: all of them')
    .option('--locked', 'fail where Debian no longer has a locked package, rather than install the newer one')
    .option('--verbose', "the engines' whole log, and all that Nx prints")
    .addHelpText(
      'after',
      `
Installs Podman first where there is no engine and the machine allows it (Debian, Ubuntu; root or sudo), announcing every step.
Which platforms are built: those with a runner here, or DOCKYARD_PLATFORMS. The tests are those of this machine's platform.
The whole log of each step is in dist/images/<project>/<arch>/*.log.`,
    )
    .action(async (projects: string[], options: ImageOptions & { locked?: true }) => {
      if (options.locked === true) process.env['DOCKYARD_LOCKED'] = 'true';
      exitCode = await (await import('./commands/image.ts')).image(projects, options);
    });

  program
    .command('setup')
    .description('install what building needs: node modules, and Podman where there is no engine')
    .action(async () => {
      exitCode = await (await import('./commands/setup.ts')).setup();
    });

  program
    .command('doctor')
    .description('tell what this machine can build, and how to get what is missing')
    .action(async () => {
      exitCode = await (await import('./commands/doctor.ts')).doctor();
    });

  program
    .command('layout')
    .description('write a built image with all its platforms as a full OCI layout')
    .argument('<project>', 'image project, built before')
    .argument('[dir]', 'folder to make; dist/layouts/<project> by default')
    .addHelpText(
      'after',
      '\nIt says how podman, docker, skopeo, crane and oras take it. Blobs are hard links where the file system allows.',
    )
    .action(async (project: string, dir: string | undefined) => {
      exitCode = await (await import('./commands/layout.ts')).layout(project, dir);
    });

  program
    .command('lock')
    .description('lock the Debian packages of images to what apt resolves now')
    .argument('[project...]', 'image projects; all that install packages by default')
    .addOption(
      new Option('--check', 'change nothing; fail where a lock would change').conflicts(['report', 'mergeRequest']),
    )
    .option('--report <file>', 'write what changed as Markdown: versions, urgency and CVE numbers of the changelogs')
    .option('--merge-request <branch>', 'push the changes to this branch, and let GitLab open a merge request of it')
    .addHelpText(
      'after',
      '\nWhere nothing changed, no report is written and nothing is pushed. docs/updates.md says more.',
    )
    .action(async (projects: string[], options: LockOptions) => {
      exitCode = await (await import('./commands/lock.ts')).lock(projects, options);
    });

  program
    .command('sources')
    .description('fetch sources from every mirror, and compare them with each other and with the digests declared')
    .argument('[project|file...]', 'image projects or their definition files; all by default')
    .option(
      '--update',
      'write the digests of what the mirrors serve into the definitions, and change nothing else there',
    )
    .addHelpText(
      'after',
      `
Where a definition names a key, the signature is checked. A mirror that can't be reached is a warning as long as another one
has the file. Nothing is written to a definition of which a source is on no mirror, is other bytes on two, or isn't what was signed.`,
    )
    .action(async (names: string[], options: { update?: true }) => {
      exitCode = await (await import('./commands/sources.ts')).sources(names, options.update === true);
    });

  program
    .command('schema')
    .description('write the JSON Schemas that editors check definitions with')
    .option('--check', 'change nothing; fail where one would change')
    .action(async (options: { check?: true }) => {
      exitCode = await (await import('./commands/schema.ts')).schema(options.check === true);
    });

  program
    .command('lint:images')
    .description('hold definitions to the rules: what can be seen before anything is built')
    .argument('[project...]', 'image projects, all by default; with --rules names of rules')
    .option('--rules', 'print the rules: what each is for, and what to do where it is broken')
    .addHelpText(
      'after',
      `
Rules of what is built look at the layers of a platform: npx nx run <project>:lint:<arch>, on any machine.
A definition silences a rule with a reason: lint: { non-root: 'starts as root to drop privileges itself' }`,
    )
    .action(async (names: string[], options: { rules?: true }) => {
      const { explainRules, lintImages } = await import('./commands/lint-images.ts');
      exitCode = options.rules === true ? explainRules(names) : await lintImages(names);
    });

  program
    .command('docs')
    .description('write the pages that follow from the definitions: a README for each image, the catalog, the tags')
    .option('--check', 'change nothing; fail where a page would change')
    .action(async (options: { check?: true }) => {
      exitCode = await (await import('./commands/docs.ts')).docs(options.check === true);
    });

  program
    .command('sizes')
    .description('compare built images with the sizes that their definitions declare')
    .argument('[project...]', 'image projects; all that are built here by default')
    .option('--accept', 'write the sizes of now into the definitions')
    .addHelpText(
      'after',
      '\nAn image fails its test where it outgrows what its definition declares by more than 5 %. Sizes are those of all layers as compressed.',
    )
    .action(async (projects: string[], options: { accept?: true }) => {
      exitCode = await (await import('./commands/sizes.ts')).sizes(projects, options.accept === true);
    });

  program
    .command('test')
    .description('run every check and every test of this repository')
    .argument('[stage...]', 'format, lint, types, renovate, generated, unit, integration, e2e, images; all by default')
    .addHelpText(
      'after',
      `
Every stage runs, whether or not an earlier one failed. The engines that integration and e2e need are brought up: Podman is installed, a
Docker Engine is made in a private root of Debian packages. Where the machine gives no right to do so, what needs them is left out and
listed; with CI=true that is a failure. The last line is "N passed, N failed": tests, and one for each of format, lint, types,
renovate, generated and images.

images builds, tests and lints what changed since NX_BASE, CI_MERGE_REQUEST_DIFF_BASE_SHA or where HEAD left the default branch, uncommitted
files too: three images at most, those whose own files changed first. What it leaves to test:images is listed.`,
    )
    .action(async (stages: string[]) => {
      exitCode = await (await import('./check/run.ts')).check(stages);
    });

  program
    .command('test:images')
    .description("build, test and lint every image for this machine's platform")
    .option('--base <commit>', 'only what changed since this commit')
    .option('--verbose', "the engines' whole log, and all that Nx prints")
    .addHelpText(
      'after',
      '\nThe whole catalog is compiled from source: hours on two cores, the first time. `npx dockyard test` builds what its own tests need, and up to three images that a change touches.',
    )
    .action(async (options: { base?: string; verbose?: true }) => {
      exitCode = await (await import('./commands/test-images.ts')).testImages(options.base, options.verbose === true);
    });

  program
    .command('test:machines')
    .description('build on machines of other kinds, made of Debian packages, and compare the digests')
    .argument('[machine[/user]...]', 'all by default; --list names them')
    .option('--list', 'name the machines')
    .option('--small', 'only the small images that are made for it, which need neither the base nor the compilers')
    .option('--dir <folder>', "roots, npm's cache and logs; test-machines in the lab's folder by default")
    .addHelpText(
      'after',
      `
On each machine the last commit is cloned and \`npm run image hello\` run, as root, as a user with sudo, and as one without, then the
same for small images that hold what engines do differently. It fails where one does not work, or where two digests of one image differ.
Takes root on Debian or Ubuntu; everything made for it but the roots is gone at its end.`,
    )
    .action(async (names: string[], options: { list?: true; small?: true; dir?: string }) => {
      exitCode = await (await import('./commands/test-machines.ts')).testMachines(names, options);
    });

  program
    .command('bench')
    .description('measure what planning, building and caching take, against what they could take at least')
    .argument(
      '[benchmark...]',
      'all by default: about 25 minutes on an idle machine, and sizes, which builds most of the catalog',
    )
    .option('--list', 'say which benchmarks there are')
    .option('--quick', 'small and once, to see that they run')
    .option('--project <name...>', 'measure the sizes of these image projects alone')
    .option('--write', 'make the results the baseline, tools/bench/baseline.json')
    .option('--output <file>', 'write the report to this file too')
    .action(
      async (
        names: string[],
        options: { list?: true; quick?: true; project?: string[]; write?: true; output?: string },
      ) => {
        exitCode = await (await import('./commands/bench.ts')).bench(names, options);
      },
    );

  addCache(program, (code) => {
    exitCode = code;
  });
  addPipeline(program, (code) => {
    exitCode = code;
  });
  addRenovate(program, (code) => {
    exitCode = code;
  });
  addRunnerHost(program, (code) => {
    exitCode = code;
  });

  return {
    async run(args) {
      refuseTakenOptions(program, args, process.env);
      await program.parseAsync([...args], { from: 'user' });
      return exitCode;
    },
  };
}
