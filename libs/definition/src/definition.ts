import type { Position } from '@dockyard/diagnostic';

export interface SourceSignature {
  readonly urls: readonly string[];
  /** A file beside image.yaml. */
  readonly key: string;
}

/** An upstream file. `{arch}` is still in the URLs: fill it in with `expandTemplate(url, { arch })`, an arch suffix. */
export interface SourceDefinition {
  readonly file: string;
  readonly urls: readonly string[];
  readonly digest: { readonly algorithm: 'sha256' | 'sha512'; readonly hex: string };
  /** The platforms that need the file; without it, all of the definition's. */
  readonly platforms?: readonly string[];
  readonly signature?: SourceSignature;
}

export interface PackagesDefinition {
  readonly suite: string;
  readonly image?: readonly string[];
  readonly compile?: readonly string[];
  readonly bootstrap?: boolean;
  /** `false`: the image's packages are locked alone. */
  readonly dependencies?: boolean;
}

export interface UpdateDefinition {
  readonly datasource: string;
  readonly package: string;
  readonly allowed?: string;
  readonly versioning?: string;
  readonly extract?: string;
}

/** When and for what an image is given up. */
export interface Deprecation {
  /** The last day on which it is maintained, `2027-06-30`. */
  readonly until: string;
  /** The image to use in its place. */
  readonly replacement?: string;
  readonly message?: string;
}

/** A position in one of the files of a definition. */
export interface Place extends Position {
  readonly file: string;
}

/** What image.yaml and the files that it extends say, templates filled in but for `{arch}`. */
export interface Definition {
  /** The image.yaml. */
  readonly file: string;
  /** The files that it extends, nearest first; absent where it extends none. */
  readonly extends?: readonly string[];
  readonly image: string;
  /** Which of several images of one release line it is, such as `fpm`. */
  readonly variant?: string;
  readonly title?: string;
  readonly description: string;
  readonly version: string;
  readonly licenses: string;
  readonly homepage: string;
  readonly platforms: readonly string[];
  readonly emulate: boolean;
  readonly sources: readonly SourceDefinition[];
  readonly packages?: PackagesDefinition;
  readonly update?: UpdateDefinition;
  /** The last day on which upstream maintains the release line, `2027-06-30`. */
  readonly endOfLife?: string;
  readonly deprecated?: Deprecation;
  /** Other images of the repository that the tests start, `<image>:<tag>`. */
  readonly testWith: readonly string[];
  /** Variables that the image reads when it starts: what each does, in a line of Markdown. */
  readonly environment: Readonly<Record<string, string>>;
  /** Bytes of all layers as compressed, by platform; a platform that is absent was never measured. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly tags: readonly string[];
  /** Rules of the linter that are silenced, with the reason for each. */
  readonly lint?: Readonly<Record<string, string>>;
  /** Where each field stands, by its path (`tags[1]`), so that checks across files can say so. */
  readonly positions?: Readonly<Record<string, Place>>;
}

/**
 * Says which file of a definition a field stands in: the nearest one that has it.
 *
 * @param definition the definition
 * @param field its path, such as `version`
 * @returns image.yaml where no file has the field
 */
export function fileOf(definition: Definition, field: string): string {
  return definition.positions?.[field]?.file ?? definition.file;
}
