import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, exec, git } from '@dockyard/exec';

/** This checkout. */
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A workspace of its own: the files of this checkout, its node modules, an empty Nx cache and nothing built. */
export interface WorkspaceCopy {
  readonly root: string;
  /** Runs Nx of the copy; its whole output is in `stdout`. `onLine` gets each line when it comes. */
  nx(
    args: readonly string[],
    env?: Record<string, string | undefined>,
    onLine?: (line: string) => void,
  ): Promise<CommandResult>;
  /** Runs any command in the copy. */
  run(command: string, ...args: string[]): Promise<CommandResult>;
  /** Writes a file, and the folders that it needs. */
  write(path: string, text: string): void;
  /** Commits everything, at a time later than the last commit's: what an image says of its inputs' age is in its bytes. */
  commit(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Copies this checkout as git sees it, with what isn't committed yet, and makes it a repository with one commit.
 *
 * @param engine the engine that its builds use.
 * @param images its images in place of this checkout's: texts of files by path.
 */
export async function copyWorkspace(
  engine: 'podman' | 'buildkit',
  images?: Readonly<Record<string, string>>,
): Promise<WorkspaceCopy> {
  const scratch = join(CHECKOUT, '.dockyard', 'e2e');
  mkdirSync(scratch, { recursive: true });
  const root = mkdtempSync(join(scratch, 'workspace-'));
  const listed = await git(exec, CHECKOUT, ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  for (const path of listed.stdout.split('\0').filter((name) => name !== '')) {
    if (images !== undefined && path.startsWith('images/')) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(join(CHECKOUT, path), join(root, path));
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(images ?? {})) write(path, text);
  // A workspace package has modules of its own where it needs another version than Nx does.
  for (const path of globSync('{,libs/*/,tools/*/}node_modules', { cwd: CHECKOUT })) {
    await exec({ command: 'cp', args: ['-al', join(CHECKOUT, path), join(root, path)] });
  }
  const run = (command: string, ...args: string[]): Promise<CommandResult> =>
    command === 'git' ? git(exec, root, args) : exec({ command, args, cwd: root, env: { DOCKYARD_ENGINE: engine } });
  let time = FIRST_COMMIT;
  const commit = async (): Promise<void> => {
    await run('git', 'add', '--all');
    time += 60;
    const date = `${String(time)} +0000`;
    await git(exec, root, ['commit', '--quiet', '--message', 'e2e'], {
      settings: { 'user.name': 'e2e', 'user.email': 'e2e@example.org' },
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
  };
  await run('git', 'init', '--quiet', '--initial-branch=main');
  await commit();
  const host = process.env['DOCKYARD_TEST_DOCKER_HOST'];
  return {
    root,
    run,
    nx: async (args, env = {}, onLine = () => undefined) => {
      const lines: string[] = [];
      const result = await exec(
        {
          command: join(root, 'node_modules', '.bin', 'nx'),
          args,
          cwd: root,
          env: {
            CI: undefined,
            FORCE_COLOR: '0',
            NX_DAEMON: 'false',
            NX_WORKSPACE_ROOT_PATH: undefined,
            NODE_COMPILE_CACHE: join(root, '.nx', 'workspace-data', 'compile-cache'),
            DOCKYARD_ENGINE: engine,
            ...(engine === 'buildkit' && { DOCKER_HOST: host }),
            ...env,
          },
        },
        {
          reject: false,
          onLine: (line) => {
            lines.push(line);
            onLine(line);
          },
        },
      );
      return { ...result, stdout: lines.join('\n') };
    },
    write,
    commit,
    remove: async () => {
      await exec(
        { command: join(root, 'node_modules', '.bin', 'nx'), args: ['daemon', '--stop'], cwd: root },
        { reject: false },
      );
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * The text of an image.yaml.
 *
 * @param name of the image, whose version is 1.0.
 * @param more further lines.
 * @param platforms those it is built for.
 */
export function imageYaml(name: string, more = '', platforms = ['linux/amd64', 'linux/arm64']): string {
  return `image: ${name}
description: ${name}
version: "1.0"
licenses: MIT
homepage: https://example.org
platforms: [${platforms.join(', ')}]
tags: ["{version}"]
${more}`;
}
const FIRST_COMMIT = 1_700_000_000;

/** The engines that `npm test` brought up. */
export function testEngines(): ('podman' | 'buildkit')[] {
  const names = (process.env['DOCKYARD_TEST_ENGINES'] ?? 'podman').split(',');
  return (['podman', 'buildkit'] as const).filter((name) => names.includes(name));
}
