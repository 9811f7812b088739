import type { Project } from '@dockyard/project';
import type { ImageContents } from './image/contents.ts';

/** An error keeps an image from being published; a warning is only told. */
export type Severity = 'error' | 'warning';

/** Something that breaks a rule. */
export interface Problem {
  readonly message: string;
  /** The file of this repository that it stands in, relative to the workspace root; the definition where it is absent. */
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** What rules of definitions look at. */
export interface DefinitionContents {
  readonly project: Project;
  /** The text files of the definition that go into its image or build it, by their paths from the workspace root. */
  readonly texts: ReadonlyMap<string, string>;
  /** The text of its tests, by their paths from the workspace root. */
  readonly tests: ReadonlyMap<string, string>;
}

/** One rule: a row of the table in rules.ts. */
export interface Rule {
  /** As `lint` of a definition names it. */
  readonly name: string;
  readonly severity: Severity;
  /** What goes wrong where it is broken. */
  readonly explanation: string;
  /** What to do. */
  readonly fix: string;
  /** Looks at a definition, before anything is built. */
  readonly definition?: (contents: DefinitionContents) => Problem[];
  /** Looks at the layers and the configuration of one platform's image. */
  readonly image?: (contents: ImageContents) => Problem[];
}

/** How many files a message names before it only counts. */
const NAMED = 5;

/**
 * One problem for many files.
 *
 * @param what what is wrong with them, such as `anybody may write to`
 * @param paths in the image, without a leading slash; each may have more words behind it
 * @returns no problem where there is no path
 */
export function filesProblem(what: string, paths: readonly string[]): Problem[] {
  if (paths.length === 0) return [];
  const named = [...paths]
    .sort()
    .slice(0, NAMED)
    .map((path) => `/${path}`);
  const more = paths.length - named.length;
  return [{ message: `${what}: ${named.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}` }];
}
