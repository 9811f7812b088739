import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CommandResult, UserError } from '@dockyard/exec';
import type { UserKind } from './catalog.ts';
import type { Cell } from './cells.ts';
import type { HostSettings } from './host-settings.ts';
import { prepareMachine } from './prepare.ts';
import type { CellResult } from './result.ts';
import { SMALL_IMAGES } from './small-image.ts';
import { startTestMachine, type TestMachine } from './start.ts';

/** Where the clone lies in a user's home. */
const CLONE = 'dockyard';

export interface CellOptions {
  readonly cell: Cell;
  /** Root of its machine. */
  readonly root: string;
  /** Folder for what the machine writes; gone afterwards. */
  readonly scratch: string;
  /** Of its cgroup. */
  readonly machineName: string;
  readonly settings: HostSettings;
  /** Folders and files of this machine by where they are on that one. */
  readonly binds: Readonly<Record<string, string>>;
  /** Images to build of the catalogue, each with `npm run image`, before the small ones. */
  readonly images: readonly string[];
  /** Arch suffix of the platform that is built. */
  readonly arch: string;
  /** Called with the digest and the layout of each project that was built, while the machine is still there. */
  readonly keep: (project: string, digest: string, layout: string) => Promise<void>;
  /** File that takes all that is printed. */
  readonly log: string;
  /** Called with a line about each step. */
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Does on a fresh machine what a new user does: clones this commit, and builds. Then the small images are put beside the others and built too.
 *
 * @returns what came of it, failures included
 * @throws {CommandError} it was ended
 */
export async function runCell(o: CellOptions): Promise<CellResult> {
  const { cell } = o;
  await mkdir(dirname(o.log), { recursive: true });
  await rm(o.log, { force: true });
  const seconds: Record<string, number> = {};
  const digests: Record<string, string> = {};
  let engine: string | undefined;
  let failure: string | undefined;
  let machine: TestMachine | undefined;
  try {
    machine = await startTestMachine({
      ...{ kind: cell.kind, root: o.root, scratch: o.scratch, name: o.machineName },
      ...{ settings: o.settings, binds: o.binds, ...(o.signal === undefined ? {} : { signal: o.signal }) },
    });
    await prepareMachine(machine, cell.kind, cell.user, o.settings);
    const run = runner(o, machine);
    await must(await run('cloning this commit', cloneCommand(cell.user)), 'git clone');
    for (const image of o.images) {
      const started = performance.now();
      try {
        await build(o, machine, run, [image]);
      } finally {
        seconds[image] = (performance.now() - started) / 1000;
        await collect(machine, o, digests);
      }
    }
    const adding = 'adding the small images';
    await must(await run(adding, `cd ${CLONE} && ${ADD_SMALL_IMAGES}`), adding);
    const started = performance.now();
    try {
      await build(o, machine, run, SMALL_IMAGES);
    } finally {
      seconds['odd'] = (performance.now() - started) / 1000;
      await collect(machine, o, digests);
    }
  } catch (error) {
    o.signal?.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    failure = error.message;
  } finally {
    if (machine !== undefined && o.signal?.aborted !== true) engine = await engineOf(machine, cell);
    await machine?.stop();
  }
  return { cell, engine, seconds, digests, failure };
}

/** The commit is the same on every machine. */
const ADD_SMALL_IMAGES = [
  'cp -R /srv/small-images/. images/',
  'export GIT_AUTHOR_DATE="1700000000 +0000" GIT_COMMITTER_DATE="1700000000 +0000"',
  'git add images',
  'git -c user.name=test -c user.email=test@example.org commit --quiet --message "small images"',
].join(' && ');

/** The bytes of an image depend neither on how much of the history there is nor on who may read the checkout. Pure. */
function cloneCommand(user: UserKind): string {
  return [
    ...(user === 'sudo' ? ['umask 077 &&'] : []),
    ...['git clone --quiet', ...(user === 'user' ? ['--depth 1'] : [])],
    `file:///srv/dockyard.git ${CLONE}`,
  ].join(' ');
}

type Run = (what: string, script: string) => Promise<CommandResult>;

function runner(o: CellOptions, machine: TestMachine): Run {
  return async (what, script) => {
    o.report(what);
    await appendFile(o.log, `$ ${script}\n`);
    const result = await machine.run(o.cell.user, script, {
      logFile: o.log,
      onLine: (line) => {
        if (/^(set-up|dockyard): | sha256:[0-9a-f]{64}( |$)/.test(line)) o.report(line);
      },
    });
    await appendFile(o.log, `exit code ${String(result.exitCode)}\n`);
    return result;
  };
}

/** A user who may not install anything hands the command that he is told on to an administrator. */
async function build(o: CellOptions, machine: TestMachine, run: Run, images: readonly string[]): Promise<void> {
  const command = `npm run image ${images.join(' ')}`;
  const script = `cd ${CLONE} && ${command}`;
  const result = await run(command, script);
  if (result.exitCode === 0) return;
  const handedOn = o.cell.user === 'user' ? commandToHandOn(result.stdout + result.stderr) : undefined;
  if (handedOn === undefined) return must(result, command);
  o.report(`as root: ${handedOn}`);
  await appendFile(o.log, `# ${handedOn}\n`);
  const asRoot = await machine.run('root', handedOn, { logFile: o.log });
  await must(asRoot, `handed on: ${handedOn}`);
  await must(await run(`once more: ${command}`, script), command);
}

/**
 * Finds the command that somebody without rights is told to hand on. Pure.
 *
 * @param printed all that was printed
 * @returns the command without `sudo`
 */
export function commandToHandOn(printed: string): string | undefined {
  const command = /\bsudo (apt-get .*\binstall .+)$/m.exec(printed)?.[1];
  // Nobody is there to be asked.
  return command?.replaceAll(/\bsudo /g, '').replaceAll(/\bapt-get install (?!.*--yes)/g, 'apt-get install --yes ');
}

async function must(result: CommandResult, what: string): Promise<void> {
  if (result.exitCode === 0) return;
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line.trim() !== '');
  throw new UserError(`${what}: exit code ${String(result.exitCode)}\n${lines.slice(-12).join('\n')}`);
}

async function collect(machine: TestMachine, o: CellOptions, digests: Record<string, string>): Promise<void> {
  for (const project of ['debian', 'toolchain', ...o.images, ...SMALL_IMAGES]) {
    const folder = machine.home(o.cell.user, join(CLONE, 'dist/images', project, o.arch));
    const text = await readFile(join(folder, 'image.json'), 'utf8').catch(() => undefined);
    if (text === undefined || digests[project] !== undefined) continue;
    const { digest } = JSON.parse(text) as { digest: string };
    digests[project] = digest;
    await o.keep(project, digest, join(folder, 'image'));
  }
}

async function engineOf(machine: TestMachine, { kind, user }: Cell): Promise<string | undefined> {
  const script =
    kind.engine === 'podman'
      ? 'podman --version | sed "s/podman version/Podman/"'
      : 'echo "Docker $(docker version --format {{.Server.Version}}), buildx $(docker buildx version | sed "s/^[^ ]* //; s/ .*//")"';
  const { exitCode, stdout } = await machine.run(user, script);
  return exitCode === 0 && stdout !== '' ? stdout : undefined;
}
