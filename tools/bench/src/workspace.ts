import { copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, exec, git } from '@dockyard/exec';
import { bakeFile } from './bake.ts';
import { synthesize, type SyntheticFamily, type SyntheticParameters } from './synthetic.ts';

/** A workspace of its own that Nx and the plugin run in as they do in this checkout. */
export interface Workspace {
  readonly root: string;
  /** The nx of this workspace, to be measured or run. */
  nx(args: readonly string[], options: { daemon: boolean; env?: Command['env'] }): Command;
  /** Ends its daemon and removes it. */
  remove(): Promise<void>;
}

/** A {@link Workspace} of made-up images. */
export interface SyntheticWorkspace extends Workspace {
  readonly family: SyntheticFamily;
  /** Path of the file that was edited after the only commit, relative to the root. */
  readonly edited: string;
}

/**
 * Makes a workspace of this checkout's tools with other images or with none: hard links to its sources and its node modules.
 *
 * @param checkout absolute path of this checkout's root
 * @param scratch folder that the workspace's folder is made in, on the checkout's file system
 * @param prefix of the folder's name
 * @param keep whether a path, relative to the root, is taken over; everything but `images/` by default
 * @returns the workspace, not a git repository yet
 */
export async function linkWorkspace(
  checkout: string,
  scratch: string,
  prefix: string,
  keep: (path: string) => boolean = (path) => !path.startsWith('images/'),
): Promise<Workspace> {
  await mkdir(scratch, { recursive: true });
  const root = await mkdtemp(join(scratch, `${prefix}-`));
  const listed = await git(exec, checkout, ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  for (const path of listed.stdout.split('\0').filter((name) => name !== '' && keep(name))) {
    if (!existsSync(join(checkout, path))) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    // What lies in the root is small, and some of it is written to.
    await (path.includes('/') ? link : copyFile)(join(checkout, path), join(root, path));
  }
  for (const path of globSync('{,libs/*/,tools/*/}node_modules', { cwd: checkout })) {
    await exec({ command: 'cp', args: ['-al', join(checkout, path), join(root, path)] });
  }
  return open(root);
}

/** Ends the daemons of all workspaces that lie in a folder: of those, too, that a failure or Ctrl-C left. */
export async function stopDaemons(scratch: string): Promise<void> {
  for (const path of globSync('*/nx.json', { cwd: scratch })) {
    await exec(open(join(scratch, dirname(path))).nx(['daemon', '--stop'], { daemon: true }), { reject: false });
  }
}

/** The workspace in a folder. */
function open(root: string): Workspace {
  const command = join(root, 'node_modules', '.bin', 'nx');
  const nx: Workspace['nx'] = (args, { daemon, env = {} }) => ({
    command,
    args,
    cwd: root,
    env: {
      CI: undefined,
      FORCE_COLOR: '0',
      NX_TUI: 'false',
      NX_WORKSPACE_ROOT_PATH: undefined,
      // As `npm run` sets it, and removed with the workspace.
      NODE_COMPILE_CACHE: join(root, '.nx', 'workspace-data', 'compile-cache'),
      NX_DAEMON: String(daemon),
      ...env,
    },
  });
  return {
    root,
    nx,
    remove: async () => {
      await exec(nx(['daemon', '--stop'], { daemon: true }), { reject: false });
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * Makes a workspace of made-up images: a git repository with one commit and then an edit of one file of one image.
 *
 * @param checkout absolute path of this checkout's root
 * @param scratch folder that the workspace's folder is made in
 * @param parameters the images
 */
export async function makeSyntheticWorkspace(
  checkout: string,
  scratch: string,
  parameters: SyntheticParameters,
): Promise<SyntheticWorkspace> {
  const family = synthesize(parameters);
  const workspace = await linkWorkspace(checkout, scratch, `plugin-${String(parameters.images)}`);
  await writeFiles(workspace.root, new Map([...family.files, ['docker-bake.json', bakeFile(family.images)]]));
  return { ...workspace, family, edited: await commitAndEdit(workspace.root, family) };
}

/**
 * Makes the same workspace without the plugin: each project is written down in a project.json as the plugin infers it. What Nx takes for it
 * is Nx's own floor.
 *
 * @param checkout absolute path of this checkout's root
 * @param scratch folder that the workspace's folder is made in
 * @param inferred the workspace whose graph is written down
 */
export async function makeStaticWorkspace(
  checkout: string,
  scratch: string,
  inferred: SyntheticWorkspace,
): Promise<SyntheticWorkspace> {
  const { family } = inferred;
  const workspace = await linkWorkspace(checkout, scratch, `static-${String(family.images.length)}`);
  const path = join(inferred.root, '.nx', 'inferred.json');
  await exec(inferred.nx(['graph', `--file=${path}`], { daemon: false }));
  const { graph } = JSON.parse(await readFile(path, 'utf8')) as ProjectGraphFile;
  await rm(path);
  const files = new Map(family.files);
  for (const { project, root } of family.images) {
    const node = graph.nodes[project];
    if (node === undefined) throw new Error(`The graph lacks ${project}.`);
    const { name, projectType, tags, metadata } = node.data;
    const targets = withoutProjections(node.data['targets']);
    const parents = new Set((graph.dependencies[project] ?? []).map(({ target }) => target));
    files.set(
      `${root}/project.json`,
      `${JSON.stringify({ name, projectType, tags, metadata, targets, implicitDependencies: [...parents] }, undefined, 2)}\n`,
    );
  }
  const nxJson = JSON.parse(await readFile(join(workspace.root, 'nx.json'), 'utf8')) as { plugins: unknown[] };
  const plugins = nxJson.plugins.filter((plugin) => plugin !== '@dockyard/nx-images');
  files.set('nx.json', JSON.stringify({ ...nxJson, plugins }));
  await writeFiles(workspace.root, files);
  return { ...workspace, family, edited: await commitAndEdit(workspace.root, family) };
}

/** Without the plugin there is nothing that makes external nodes of image.yaml: the file itself stands for them. */
function withoutProjections(targets: unknown): unknown {
  return JSON.parse(
    JSON.stringify(targets).replace(
      /\{"externalDependencies":\["dockyard:[^\]]*"\]\}/g,
      JSON.stringify('{projectRoot}/image.yaml'),
    ),
  );
}

/** The part of `nx graph --file` that is read. */
interface ProjectGraphFile {
  readonly graph: {
    readonly nodes: Readonly<Record<string, { readonly data: Readonly<Record<string, unknown>> }>>;
    readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
  };
}

async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** Commits everything, then changes a file that one image copies: one in the middle, with some images above and some below. */
async function commitAndEdit(root: string, family: SyntheticFamily): Promise<string> {
  await commitAll(root);
  const image = family.images[Math.floor(family.images.length / 2)];
  const edited = [...family.files.keys()].find((path) => path.startsWith(`${image?.root ?? ''}/rootfs/`));
  if (edited === undefined) throw new Error('There is no image to edit.');
  await writeFile(join(root, edited), 'edited=yes\n', { flag: 'a' });
  return edited;
}

/** Makes a folder a git repository with one commit of all that is in it. */
export async function commitAll(root: string): Promise<void> {
  await git(exec, root, ['init', '--quiet', '--initial-branch=main']);
  await git(exec, root, ['add', '.']);
  await git(exec, root, ['commit', '--quiet', '--message', 'synthetic workspace'], {
    settings: { 'user.name': 'bench', 'user.email': 'bench@example.org' },
  });
}
