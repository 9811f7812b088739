import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archSuffix, expandTemplate, fileOf, type SourceDefinition, writeDigests } from '@dockyard/definition';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { compareMirrors, type FetchOptions, type Served } from '@dockyard/sources';
import { signatureKeyOf, type Project } from '@dockyard/project';
import { requireProject } from './parents.ts';

/** What {@link checkSources} takes. */
export interface CheckSourcesOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** Write the digests of what the mirrors serve, where they are others than those declared. */
  readonly update: boolean;
  /** Takes what was found, a line at a time. */
  readonly onLine: (line: string) => void;
  /** How to fetch. */
  readonly fetch?: FetchOptions;
}

/**
 * Fetches the sources of a definition's version from every mirror, those of all platforms, checks their signatures, and
 * compares mirrors with each other and with the digests that are declared.
 *
 * @returns what is wrong; with `update` the definition has been written where that is nothing, and else is as it was.
 * @throws UserError where the definition has mistakes.
 * @throws the reason of `fetch.signal`.
 */
export async function checkSources(o: CheckSourcesOptions): Promise<UserError[]> {
  const project = requireProject(o.workspace, o.root);
  const { image, version, sources } = project.definition;
  const file = fileOf(project.definition, 'sources');
  if (sources.length === 0) {
    o.onLine(`${file}: ${image} ${version} has no sources`);
    return [];
  }
  o.onLine(`${file}: ${image} ${version}`);
  const problems: UserError[] = [];
  const compared: Served[] = [];
  for (const source of sources) {
    const served = await compare(source, project, o);
    o.onLine(describe(source, served));
    if (served instanceof UserError) problems.push(served);
    else {
      compared.push(served);
      if (!o.update && served.digest.hex !== source.digest.hex) problems.push(undeclared(file, source, served));
    }
  }
  if (o.update && problems.length === 0) await write(o, file, compared);
  return problems;
}

async function compare(
  source: SourceDefinition,
  project: Project,
  o: CheckSourcesOptions,
): Promise<Served | UserError> {
  const [platform] = source.platforms ?? project.definition.platforms;
  // A source whose URLs have {arch} is of one platform only.
  const arch = platform === undefined ? undefined : archSuffix(platform);
  const expand = (urls: readonly string[]): string[] => urls.map((url) => expandTemplate(url, { arch }));
  const { signature } = source;
  try {
    return await compareMirrors(
      {
        file: source.file,
        urls: expand(source.urls),
        algorithm: source.digest.algorithm,
        ...(signature !== undefined && {
          signature: { urls: expand(signature.urls), keyFile: join(o.workspace, signatureKeyOf(project, signature)) },
        }),
      },
      o.fetch,
    );
  } catch (error) {
    o.fetch?.signal?.throwIfAborted();
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function write(o: CheckSourcesOptions, file: string, served: readonly Served[]): Promise<void> {
  const path = join(o.workspace, file);
  const text = await readFile(path, 'utf8');
  const written = writeDigests(
    text,
    served.map(({ digest }, source) => ({ source, ...digest })),
  );
  if (written === text) o.onLine('  every digest is as declared');
  else {
    await writeFileAtomic(path, written);
    o.onLine(`  ${file} has the new digests`);
  }
}

function describe(source: SourceDefinition, served: Served | UserError): string {
  const name = `  ${source.file}${source.platforms === undefined ? '' : ` (${source.platforms.join(', ')})`}`;
  if (served instanceof UserError) return `${name}: can't be taken, see below`;
  const { algorithm, hex } = served.digest;
  return [
    `${name}: ${algorithm} ${hex}${served.signed ? ', signature good' : ''}`,
    ...(hex === source.digest.hex ? [] : [`    declared ${source.digest.hex}`]),
    ...served.from.map((url) => `    from ${url}`),
    ...served.failed.map(({ url, reason }) => `    warning: not from ${url}: ${reason}`),
    ...(served.unauthenticated ? ['    warning: only plain HTTP served it, and it has no signature'] : []),
  ].join('\n');
}

function undeclared(file: string, source: SourceDefinition, { digest }: Served): UserError {
  return new UserError(
    `${source.file} is not what ${file} declares:\n  declared ${digest.algorithm} ${source.digest.hex}\n  served   ${digest.algorithm} ${digest.hex}`,
    { hint: `Where upstream released just that: npm run sources -- --update ${file}` },
  );
}
