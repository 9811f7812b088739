import { type Definition, fileOf } from './definition.ts';
import { type Position, type Diagnostic, didYouMean } from '@dockyard/diagnostic';
import type { ParsedDockerfile } from '@dockyard/dockerfile';
import { planTags } from './tags.ts';

/** One image project: its definition and its Dockerfiles, read. */
export interface ProjectDefinition {
  readonly project: string;
  /** The folder from the root of the workspace, such as `images/php/8.4`. */
  readonly root: string;
  readonly definition: Definition;
  readonly dockerfile: ParsedDockerfile;
  readonly compileDockerfile?: ParsedDockerfile;
}

/** A project that another one builds from, and the reference that says so. */
export interface Parent {
  readonly project: string;
  readonly reference: ImageReference;
}

/** An image of the repository, and where it is named. */
export interface ImageReference extends Position {
  /** As messages name it. */
  readonly value: string;
  /** What names it: an instruction or a field. */
  readonly instruction: string;
  readonly image?: string;
  readonly tag?: string;
}

export interface Workspace {
  /** Every mistake that shows only where the projects are seen together, in the order of projects. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * The images of this repository that one Dockerfile of a project names, or that its tests start, each reference once. What
   * cannot be resolved is in the diagnostics instead.
   *
   * @param kind `compile` for compile.Dockerfile, `image` for Dockerfile, `test` for testWith
   */
  readonly parents: (project: string, kind: 'compile' | 'image' | 'test') => readonly Parent[];
}

interface Edge {
  readonly from: ProjectDefinition;
  readonly to: ProjectDefinition;
  readonly reference: ImageReference;
  readonly file: string;
}

/**
 * Joins the projects of a workspace by what their Dockerfiles name, and finds the mistakes of decision 10: unknown
 * images and tags, cycles, platforms that a parent lacks, tags claimed twice, external references without a digest,
 * and contexts that nothing fills.
 *
 * @param projects every image project, in any order
 * @param unreadable files of definitions that have mistakes of their own. Who names an image in their folders isn't blamed
 *   for it too.
 */
export function resolveWorkspace(
  projects: readonly ProjectDefinition[],
  unreadable: readonly string[] = [],
): Workspace {
  const hidden = new Set(unreadable.map((file) => file.split('/')[1] ?? ''));
  const sorted = [...projects].sort((a, b) => (a.root < b.root ? -1 : a.root > b.root ? 1 : 0));
  const diagnostics: Diagnostic[] = [];
  const tags = claimTags(sorted, diagnostics);
  checkNames(sorted, diagnostics);
  const parents = new Map<string, Parent[]>();
  const edges = new Map<ProjectDefinition, Edge[]>();
  for (const project of sorted) {
    const own: Edge[] = [];
    for (const [kind, dockerfile] of dockerfilesOf(project)) {
      checkReferences(project, kind, dockerfile, diagnostics);
      const found = resolveReferences(project, dockerfile, tags, hidden, diagnostics);
      own.push(...found);
      parents.set(`${kind} ${project.project}`, parentsOf(found));
    }
    // No edge: images may well be tested with each other.
    parents.set(
      `test ${project.project}`,
      parentsOf(resolveReferences(project, testReferences(project.definition), tags, hidden, diagnostics)),
    );
    edges.set(project, own);
  }
  diagnostics.push(...findCycles(sorted, edges));
  return { diagnostics, parents: (project, kind) => parents.get(`${kind} ${project}`) ?? [] };
}

function dockerfilesOf(project: ProjectDefinition): [kind: 'compile' | 'image', dockerfile: ParsedDockerfile][] {
  const { compileDockerfile, dockerfile } = project;
  return compileDockerfile === undefined
    ? [['image', dockerfile]]
    : [
        ['compile', compileDockerfile],
        ['image', dockerfile],
      ];
}

function parentsOf(edges: readonly Edge[]): Parent[] {
  const seen = new Set<string>();
  return edges
    .filter(({ reference }) => !seen.has(reference.value) && seen.add(reference.value))
    .map(({ to, reference }) => ({ project: to.project, reference }));
}

/** What names images: a Dockerfile, or the list of a definition. */
interface References {
  readonly file: string;
  readonly references: readonly (ImageReference & { readonly kind: string })[];
}

function testReferences(definition: Definition): References {
  return {
    file: fileOf(definition, 'testWith'),
    references: definition.testWith.map((value, i) => {
      const [image = '', tag = ''] = value.split(':');
      return {
        kind: 'workspace',
        instruction: 'testWith',
        value,
        image,
        tag,
        ...fieldPosition(definition, `testWith[${i}]`),
      };
    }),
  };
}

function fieldPosition(definition: Definition, field: string): Position {
  return definition.positions?.[field] ?? { line: 1, column: 1 };
}

function at(file: string, place: Position, message: string, fix?: string): Diagnostic {
  return { file, line: place.line, column: place.column, message, ...(fix === undefined ? {} : { fix }) };
}

function checkNames(projects: readonly ProjectDefinition[], diagnostics: Diagnostic[]): void {
  const seen = new Map<string, ProjectDefinition>();
  for (const project of projects) {
    const first = seen.get(project.project);
    if (first === undefined) {
      seen.set(project.project, project);
      continue;
    }
    diagnostics.push(
      at(
        project.definition.file,
        { line: 1, column: 1 },
        `the project ${project.project} is also what the folder ${first.root} is called`,
        `rename ${project.root} or ${first.root}`,
      ),
    );
  }
}

/** The project behind each tag of each image. */
type Tags = ReadonlyMap<string, ReadonlyMap<string, ProjectDefinition>>;

function claimTags(projects: readonly ProjectDefinition[], diagnostics: Diagnostic[]): Tags {
  const images = new Map<string, Map<string, ProjectDefinition>>();
  for (const project of projects) {
    const { definition } = project;
    const tags = images.get(definition.image) ?? new Map<string, ProjectDefinition>();
    images.set(definition.image, tags);
    for (const tag of planTags(definition)) {
      const first = tags.get(tag);
      if (first === undefined) {
        tags.set(tag, project);
        continue;
      }
      const field = `tags[${definition.tags.indexOf(tag)}]`;
      const other = fieldPosition(first.definition, `tags[${first.definition.tags.indexOf(tag)}]`);
      diagnostics.push({
        ...at(
          definition.file,
          fieldPosition(definition, field),
          `${definition.image}:${tag} is already claimed by ${first.project}, at ${first.definition.file}:${other.line}`,
          'leave the tag to one of the two',
        ),
        field,
      });
    }
  }
  return images;
}

function checkReferences(
  project: ProjectDefinition,
  kind: 'compile' | 'image',
  dockerfile: ParsedDockerfile,
  diagnostics: Diagnostic[],
): void {
  const { definition, compileDockerfile } = project;
  for (const reference of dockerfile.references) {
    const { raw, value } = reference;
    if (reference.kind === 'external' && reference.digest === undefined) {
      const written = raw === value ? value : `${value} (written ${raw})`;
      diagnostics.push(
        at(
          dockerfile.file,
          reference,
          `${reference.instruction} names the external image ${written} without a digest`,
          `write ${value}@sha256:<digest>, or name an image of this repository`,
        ),
      );
    }
    if (reference.context === 'artifacts' && (kind === 'compile' || compileDockerfile === undefined)) {
      diagnostics.push(
        at(
          dockerfile.file,
          reference,
          kind === 'compile'
            ? 'artifacts are what this very file makes'
            : `${project.root} has no compile.Dockerfile, so there are no artifacts`,
          kind === 'compile' ? 'COPY --from a stage of this file' : `add ${project.root}/compile.Dockerfile`,
        ),
      );
    }
    if (reference.context === 'sources' && definition.sources.length === 0 && definition.packages === undefined) {
      diagnostics.push(
        at(
          dockerfile.file,
          reference,
          `${definition.file} lists neither sources nor packages, so the context sources is empty`,
          `list the files under sources in ${definition.file}`,
        ),
      );
    }
  }
}

function resolveReferences(
  project: ProjectDefinition,
  dockerfile: References,
  images: Tags,
  hidden: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): Edge[] {
  const edges: Edge[] = [];
  const told = new Set<string>();
  for (const reference of dockerfile.references) {
    const { kind, value, image = '', tag = '' } = reference;
    if (kind !== 'workspace') continue;
    const tags = images.get(image);
    const to = tags?.get(tag);
    if (to === undefined) {
      if (hidden.has(image)) continue;
      const namespace = value.slice(0, value.length - image.length - tag.length - 1);
      const candidates = tags === undefined ? [...images.keys()] : [...tags.keys()];
      const suggestion = didYouMean(tags === undefined ? image : tag, candidates);
      diagnostics.push(
        at(
          dockerfile.file,
          reference,
          tags === undefined
            ? `${value} names no image of this repository; allowed: ${candidates.sort().join(', ')}`
            : `the image ${image} has no tag ${tag}; allowed: ${candidates.join(', ')}`,
          suggestion === undefined
            ? tags === undefined
              ? `add images/${image}/image.yaml`
              : undefined
            : `did you mean ${namespace}${tags === undefined ? `${suggestion}:${tag}` : `${image}:${suggestion}`}?`,
        ),
      );
      continue;
    }
    edges.push({ from: project, to, reference, file: dockerfile.file });
    const missing = project.definition.platforms.filter((platform) => !to.definition.platforms.includes(platform));
    // Naming one parent ten times is one mistake.
    if (missing.length > 0 && to !== project && !told.has(to.project)) {
      const { line } = fieldPosition(to.definition, 'platforms');
      diagnostics.push(
        at(
          dockerfile.file,
          reference,
          `${project.project} is built for ${missing.join(', ')}, and ${value} only for ${to.definition.platforms.join(', ')} (${to.definition.file}:${line})`,
          `add ${missing.join(', ')} to the platforms of ${to.project}, or take ${missing.length === 1 ? 'it' : 'them'} out of ${project.definition.file}`,
        ),
      );
      told.add(to.project);
    }
  }
  return edges;
}

type Edges = ReadonlyMap<ProjectDefinition, readonly Edge[]>;

/** One shortest cycle through every project that lies on one; a project already told of begins no other. */
function findCycles(projects: readonly ProjectDefinition[], edges: Edges): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const told = new Set<ProjectDefinition>();
  const suspects = withoutEnds(projects, edges);
  for (const start of suspects) {
    if (told.has(start)) continue;
    const cycle = shortestCycle(start, edges, suspects);
    const [first] = cycle;
    if (first === undefined) continue;
    cycle.forEach(({ from }) => told.add(from));
    const path = [...cycle.map(({ from }) => from.project), start.project].join(' → ');
    const steps = cycle.map(({ file, reference, from }) => {
      return `${from.project}: ${file}:${reference.line} ${reference.instruction} names ${reference.value}`;
    });
    diagnostics.push(at(first.file, first.reference, `cycle: ${path}`, `cut one of these:\n${steps.join('\n')}`));
  }
  return diagnostics;
}

/** What is left when projects without parents are taken away again and again: cycles, and what builds on them. */
function withoutEnds(projects: readonly ProjectDefinition[], edges: Edges): Set<ProjectDefinition> {
  const left = new Set(projects);
  const children = new Map<ProjectDefinition, ProjectDefinition[]>();
  const open = new Map<ProjectDefinition, number>();
  for (const project of projects) {
    const own = edges.get(project) ?? [];
    open.set(project, own.length);
    for (const { to } of own) {
      const list = children.get(to);
      if (list === undefined) children.set(to, [project]);
      else list.push(project);
    }
  }
  const ready = projects.filter((project) => open.get(project) === 0);
  for (let project = ready.pop(); project !== undefined; project = ready.pop()) {
    left.delete(project);
    for (const child of children.get(project) ?? []) {
      const count = (open.get(child) ?? 0) - 1;
      open.set(child, count);
      if (count === 0) ready.push(child);
    }
  }
  return left;
}

function shortestCycle(start: ProjectDefinition, edges: Edges, within: ReadonlySet<ProjectDefinition>): Edge[] {
  const reachedBy = new Map<ProjectDefinition, Edge>();
  const queue = [start];
  for (let next = 0; next < queue.length; next++) {
    const project = queue[next];
    if (project === undefined) break;
    for (const edge of edges.get(project) ?? []) {
      if (!within.has(edge.to) || reachedBy.has(edge.to)) continue;
      reachedBy.set(edge.to, edge);
      if (edge.to === start) return pathTo(start, reachedBy);
      queue.push(edge.to);
    }
  }
  return [];
}

function pathTo(start: ProjectDefinition, reachedBy: ReadonlyMap<ProjectDefinition, Edge>): Edge[] {
  const path: Edge[] = [];
  for (let edge = reachedBy.get(start); edge !== undefined; edge = reachedBy.get(edge.from)) {
    path.unshift(edge);
    if (edge.from === start) break;
  }
  return path;
}
