import { posix } from 'node:path';
import { type Definition, editYaml, planTags, projectName, readDefinition, writeNewLine } from '@dockyard/definition';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { UserError } from '@dockyard/exec';
import { logger, type Tree } from '@nx/devkit';
import { compareLines, inNewLine, isPartOf, linePrefix } from './line-files.ts';

/** Options of `nx g @dockyard/nx-images:line`. */
export interface LineGeneratorOptions {
  readonly image: string;
  readonly line: string | number;
  readonly release?: string | number;
  readonly latest?: boolean;
}

/**
 * Makes the projects of a new release line from those of the newest one: its folders `images/<image>/<line>[-<variant>]`, and the files
 * beside them that only this line's definitions extend. Tags that both would have stay with the older line, or come to the new one with `latest`.
 *
 * @returns what to print once the files are written.
 * @throws UserError where the image has no release lines, has this one, or a definition can't be changed that way.
 */
export default function lineGenerator(tree: Tree, options: LineGeneratorOptions): () => void {
  const { image } = options;
  const line = asWritten(options.line);
  const folder = `images/${image}`;
  if (!/^\d+(?:\.\d+)*$/.test(line))
    throw new UserError(`"${line}" is no release line: numbers with dots between them, such as 8.6.`);
  if (!tree.exists(folder)) throw new UserError(`There is no image ${image}: ${folder} does not exist.`);
  const lines = linesOf(tree, folder);
  const newest = [...lines].sort(compareLines).at(-1);
  if (newest === undefined)
    throw new UserError(
      `${image} has no release lines: its definition is ${folder}/image.yaml. Move that, and what is only that line's, to ${folder}/<line>/ first.`,
    );
  if (lines.has(line)) throw new UserError(`${folder}/${line} is there already.`);

  const copies = filesOfLine(tree, folder, newest).map((from) => ({ from, to: inNewLine(from, folder, newest, line) }));
  for (const { from, to } of copies) {
    const content = tree.read(from);
    if (content !== null) tree.write(to, content);
  }
  const definitions = copies.map(({ to }) => to).filter((file) => isDefinition(file, folder));
  const version =
    options.release === undefined ? firstRelease(line, versionOf(tree, newest, folder)) : asWritten(options.release);
  for (const file of definitions) raise(tree, file, { newest, line, version });
  const moved = shareTags(tree, { folder, newest, line, latest: options.latest === true });

  return () => {
    logger.info(`
${image} ${line} is made from ${newest}, at version ${version}.${moved.length === 0 ? '' : `\n${moved.join('\n')}`}
${mentions(
  tree,
  copies.map(({ to }) => to),
  newest,
)}
Then:
${nextSteps(tree, folder, line, definitions)}
  npm run docs   # READMEs and tables
  write endOfLife, and measure the sizes anew: those of ${newest} are left out
`);
  };
}

/** What nobody but the mirrors knows, and nothing is built without. */
function nextSteps(tree: Tree, folder: string, line: string, files: readonly string[]): string {
  const withSources = files.filter((file) => has(tree, file, 'sources'));
  const withPackages = definitionsOf(tree, folder, line).filter(({ packages }) => packages !== undefined);
  const projects = withPackages.map(({ file }) => projectName(posix.dirname(file)));
  return [
    ...withSources.map(
      (file) => `  npm run sources -- --update ${file}   # digests of the new version, zeros until then`,
    ),
    ...(projects.length === 0 ? [] : [`  npm run lock ${projects.join(' ')}   # its Debian packages`]),
  ].join('\n');
}

/** Nx reads what looks like a number as one, and 8.10 as 8.1. */
function asWritten(value: string | number): string {
  if (typeof value === 'string') return value;
  const words = process.argv.map((word) => word.replace(/^--[^=]+=/, ''));
  return words.find((word) => word !== '' && Number(word) === value) ?? String(value);
}

/** Release lines by the numbers that their folders begin with. */
function linesOf(tree: Tree, folder: string): Set<string> {
  const found = tree.children(folder).filter((name) => tree.exists(`${folder}/${name}/image.yaml`));
  return new Set(found.flatMap((name) => linePrefix(name) ?? []));
}

function filesOfLine(tree: Tree, folder: string, line: string): string[] {
  const below = (path: string): string[] =>
    tree.isFile(path) ? [path] : tree.children(path).flatMap((name) => below(`${path}/${name}`));
  return tree
    .children(folder)
    .filter((name) => isPartOf(name, line))
    .flatMap((name) => below(`${folder}/${name}`));
}

function isDefinition(file: string, folder: string): boolean {
  return posix.basename(file) === 'image.yaml' || (posix.dirname(file) === folder && file.endsWith('.yaml'));
}

function read(tree: Tree, file: string): Definition {
  const readShared = (path: string): string | undefined => tree.read(path, 'utf8') ?? undefined;
  const result = readDefinition(tree.read(file, 'utf8') ?? '', file, readShared);
  if (result.ok) return result.value;
  throw new UserError(`The definition has mistakes:\n${formatDiagnostics(result.diagnostics)}`);
}

function definitionsOf(tree: Tree, folder: string, line: string): Definition[] {
  return filesOfLine(tree, folder, line)
    .filter((file) => posix.basename(file) === 'image.yaml' && posix.dirname(posix.dirname(file)) === folder)
    .map((file) => read(tree, file));
}

function versionOf(tree: Tree, line: string, folder: string): string {
  const [definition] = definitionsOf(tree, folder, line);
  if (definition === undefined) throw new UserError(`${folder}/${line} holds no definition.`);
  return definition.version;
}

/** `8.6` and `8.5.12`: `8.6.0`. */
function firstRelease(line: string, version: string): string {
  const parts = /^\d+(?:\.\d+)*/.exec(version)?.[0].split('.').length ?? 0;
  const given = line.split('.');
  return [...given, ...Array.from({ length: Math.max(parts - given.length, 0) }, () => '0')].join('.');
}

function has(tree: Tree, file: string, field: string): boolean {
  return new RegExp(`^${field}:`, 'm').test(tree.read(file, 'utf8') ?? '');
}

function raise(tree: Tree, file: string, o: { newest: string; line: string; version: string }): void {
  try {
    tree.write(file, writeNewLine(tree.read(file, 'utf8') ?? '', o));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${file}: ${error.message}. Write it the way other definitions do, and try again.`);
  }
}

/** Takes tags away that two lines would have; returns what that was, in words. */
function shareTags(tree: Tree, o: { folder: string; newest: string; line: string; latest: boolean }): string[] {
  const [loser, winner] = o.latest ? [o.newest, o.line] : [o.line, o.newest];
  const taken = new Set(definitionsOf(tree, o.folder, winner).flatMap((one) => planTags(one)));
  return definitionsOf(tree, o.folder, loser).flatMap((definition) => {
    const file = definition.positions?.['tags']?.file ?? definition.file;
    const lost = definition.tags.flatMap((tag, i) => (taken.has(tag) ? [i] : []));
    if (lost.length === definition.tags.length)
      throw new UserError(`${file}: all of its tags are those of ${winner}: ${definition.tags.join(', ')}.`);
    // One after the other, the last first: neighbours share a comma.
    for (const i of lost.reverse())
      tree.write(file, editYaml(tree.read(file, 'utf8') ?? '', [{ path: ['tags', i], remove: true }]));
    if (lost.length === 0) return [];
    const names = lost.map((i) => definition.tags[i] ?? '').join(', ');
    return [`${o.latest ? `From ${loser} come the tags` : `With ${winner} stay the tags`} ${names}.`];
  });
}

/** Lines of copied files that name the older line: whether they should, nobody can tell by rule. */
function mentions(tree: Tree, files: readonly string[], newest: string): string {
  const name = new RegExp(`(?<![\\d.])${newest.replaceAll('.', '\\.')}(?![\\d])`);
  const found = files
    .filter((file) => !file.endsWith('.json'))
    .flatMap((file) =>
      (tree.read(file, 'utf8') ?? '')
        .split('\n')
        .flatMap((text, i) => (name.test(text) ? [`  ${file}:${String(i + 1)}: ${text.trim().slice(0, 120)}`] : [])),
    );
  return found.length === 0 ? '' : `Look at these lines, which name ${newest}:\n${found.join('\n')}\n`;
}
