import type { z } from 'zod';
import { quote, didYouMean } from '@dockyard/diagnostic';
import { isPlatform } from './platform.ts';
import { definitionSchema, deprecatedSchema, sourceSchema } from './schema.ts';
import type { Problem } from './problem.ts';
import { reservedFor, STATE_REPOSITORY, TAG } from './tags.ts';
import { expandTemplate, templateNames, versionParts } from './template.ts';
import { checkUpdate } from './update.ts';
import type { Path } from './yaml-nodes.ts';

const VERSION_NAMES = ['version', 'major', 'minor', 'patch'];

/**
 * The rules of a definition that join two fields.
 *
 * Fields that break the schema are passed over, one by one, so that these mistakes show at the same time as those.
 *
 * @param data what its files hold, of any shape
 */
export function checkSemantics(data: unknown): Problem[] {
  const fields = asRecord(data);
  const { shape } = definitionSchema;
  const version = pick(shape.version, fields['version']);
  const variant = fields['variant'] === undefined ? '' : pick(shape.variant, fields['variant']);
  const platforms = asList(fields['platforms']).filter(
    (item): item is string => typeof item === 'string' && isPlatform(item),
  );
  return [
    ...checkImage(pick(shape.image, fields['image'])),
    ...repeated(asList(fields['platforms']), ['platforms']),
    ...repeated(asList(fields['testWith']), ['testWith']),
    ...asList(fields['tags']).flatMap((tag, i) => {
      const template = pick(shape.tags.element, tag);
      return template === undefined ? [] : checkTag(template, version, variant, ['tags', i]);
    }),
    ...asList(fields['sources']).flatMap((source, i) =>
      checkSource(asRecord(source), version, platforms, ['sources', i]),
    ),
    ...sameFileTwice(asList(fields['sources']), platforms),
    ...(fields['update'] === undefined ? [] : unversioned(asList(fields['sources']))),
    ...checkUpdate(asRecord(fields['update']), version),
    ...checkPackages(asRecord(fields['packages'])),
    ...checkDay(asRecord(fields['deprecated'])['until'], ['deprecated', 'until']),
    ...checkDay(fields['endOfLife'], ['endOfLife']),
    ...checkSizes(Object.keys(asRecord(fields['sizes'])), platforms),
  ];
}

function checkImage(image: string | undefined): Problem[] {
  if (image !== STATE_REPOSITORY) return [];
  const message = `found ${quote(image)}, which is the repository that says what is published; allowed: any other name`;
  return [{ path: ['image'], message, fix: 'give the image another name' }];
}

/** @param variant empty where the definition has none, undefined where it is wrong */
function checkTag(template: string, version: string | undefined, variant: string | undefined, path: Path): Problem[] {
  const problems = checkTemplate(template, version, ['variant'], path);
  if (variant === '' && templateNames(template).includes('variant')) {
    const message = '{variant} stands for nothing: the definition has no variant';
    problems.push({ path, message, fix: 'write variant: <name>, or take it out here' });
  }
  if (problems.length > 0 || version === undefined || variant === undefined) return problems;
  const tag = expandTemplate(template, { ...versionParts(version), variant });
  if (TAG.test(tag)) {
    const reserved = reservedFor(tag);
    return reserved === undefined
      ? []
      : [{ path, message: `the tag becomes ${quote(tag)}; ${reserved}`, fix: 'name the tag otherwise' }];
  }
  return [
    {
      path,
      message: `the tag becomes ${quote(tag)}; allowed: letters, digits and . _ -, beginning with none of . -, at most 128`,
    },
  ];
}

function checkSource(
  source: Readonly<Record<string, unknown>>,
  version: string | undefined,
  platforms: readonly string[],
  path: Path,
): Problem[] {
  const problems: Problem[] = [];
  const digests = ['sha256', 'sha512'].filter((name) => source[name] !== undefined && source[name] !== null);
  if (Object.keys(source).length > 0 && digests.length !== 1) {
    problems.push({
      path,
      message: `found ${digests.length === 0 ? 'no digest' : 'two digests'}; allowed: exactly one of sha256 and sha512`,
    });
  }
  const own = asList(source['platforms']);
  problems.push(...repeated(own, [...path, 'platforms']));
  own.forEach((platform, i) => {
    if (typeof platform === 'string' && isPlatform(platform) && platforms.length > 0 && !platforms.includes(platform)) {
      problems.push({
        path: [...path, 'platforms', i],
        message: `found ${quote(platform)}, which the image is not built for; allowed: ${platforms.join(', ')}`,
        fix: `add ${platform} to the platforms of the image, or take it out here`,
      });
    }
  });
  const count = own.length > 0 ? own.length : platforms.length;
  const templates = [
    ...asList(source['urls']).map((url, i) => ({ url, path: [...path, 'urls', i] })),
    ...asList(asRecord(source['signature'])['urls']).map((url, i) => ({
      url,
      path: [...path, 'signature', 'urls', i],
    })),
  ];
  for (const { url, path: urlPath } of templates) {
    if (typeof url !== 'string') continue;
    problems.push(...checkTemplate(url, version, ['arch'], urlPath));
    if (count > 1 && templateNames(url).includes('arch')) {
      problems.push({
        path: urlPath,
        message: `{arch} stands for ${count} different files, and one digest cannot fit them all`,
        fix: 'write one source for each platform, each with its own `platforms` and digest',
      });
    }
  }
  return problems;
}

function sameFileTwice(sources: readonly unknown[], platforms: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  sources.forEach((item, i) => {
    const source = asRecord(item);
    const file = pick(sourceSchema.shape.file, source['file']);
    if (file === undefined) return;
    const own = asList(source['platforms']).filter((platform) => typeof platform === 'string');
    for (const platform of own.length > 0 ? own : platforms) {
      const key = `${file} ${platform}`;
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, i);
      } else if (first !== i) {
        problems.push({
          path: ['sources', i, 'file'],
          message: `found ${quote(file)}, which sources[${first}] also gives to ${platform}; allowed: one source for a file of a platform`,
        });
        return;
      }
    }
  });
  return problems;
}

/**
 * Finds URLs that stay behind when the version is raised. A file of another version than the image's own, such as a helper
 * program, may name it in all of its URLs; the image itself must come from somewhere.
 */
function unversioned(sources: readonly unknown[]): Problem[] {
  const urls = sources.flatMap((item, i) => {
    const source = asRecord(item);
    return asList(source['urls']).flatMap((url, k) =>
      typeof url === 'string' ? [{ file: source['file'], url, path: ['sources', i, 'urls', k] }] : [],
    );
  });
  const follows = ({ url }: { url: string }): boolean =>
    templateNames(url).some((name) => name === 'version' || name === 'patch');
  const following = urls.filter(follows);
  if (urls.length > 0 && following.length === 0) {
    return [
      {
        path: ['sources'],
        message: 'no URL names {version}, so an update would raise the version and keep the old files',
        fix: 'write {version} where the URLs have it, or take `update` out',
      },
    ];
  }
  return urls
    .filter((one) => !follows(one) && following.some(({ file }) => file === one.file))
    .map(({ file, path }) => ({
      path,
      message: `this URL does not name {version}, and another one of ${quote(String(file))} does: after an update they would be different files`,
      fix: 'write {version} where this URL has it',
    }));
}

function checkPackages(packages: Readonly<Record<string, unknown>>): Problem[] {
  if (packages['dependencies'] === false) {
    if (packages['bootstrap'] === true)
      return [
        {
          path: ['packages', 'dependencies'],
          message: 'bootstrap configures its packages, which takes all that they depend on',
          fix: 'take one of the two out',
        },
      ];
    if (asList(packages['image']).length === 0)
      return [
        {
          path: ['packages', 'dependencies'],
          message: 'dependencies is about the packages of the image, and `image` lists none',
          fix: 'list the packages in packages.image, or take dependencies out',
        },
      ];
  }
  if (packages['bootstrap'] !== true || asList(packages['image']).length > 0) return [];
  return [
    {
      path: ['packages', 'bootstrap'],
      message: 'bootstrap starts the image from packages, and `image` lists none',
      fix: 'list the packages in packages.image, or take bootstrap out',
    },
  ];
}

function checkDay(value: unknown, path: Path): Problem[] {
  const text = pick(deprecatedSchema.shape.until, value);
  // Date takes the 31st of February for a day in March.
  const day = new Date(`${text ?? ''}T00:00:00Z`);
  if (text === undefined || (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(text))) return [];
  return [{ path, message: `found ${quote(text)}; allowed: a day that the calendar has` }];
}

function checkSizes(sized: readonly string[], platforms: readonly string[]): Problem[] {
  return sized
    .filter((platform) => isPlatform(platform) && platforms.length > 0 && !platforms.includes(platform))
    .map((platform) => ({
      path: ['sizes', platform],
      message: `found ${quote(platform)}, which the image is not built for; allowed: ${platforms.join(', ')}`,
      fix: 'take it out',
    }));
}

/** Finds names in braces that stand for nothing. */
function checkTemplate(template: string, version: string | undefined, more: readonly string[], path: Path): Problem[] {
  const allowed = [...VERSION_NAMES, ...more];
  const parts: Readonly<Record<string, string | undefined>> | undefined =
    version === undefined ? undefined : { version, ...versionParts(version) };
  const known = templateNames(template).filter((name) => allowed.includes(name));
  const unknown = templateNames(template).filter((name) => !allowed.includes(name));
  return [
    ...unknown.map((name): Problem => {
      const suggestion = didYouMean(name, allowed);
      return {
        path,
        message: `unknown template ${quote(`{${name}}`)}; allowed: ${allowed.map((word) => `{${word}}`).join(', ')}`,
        ...(suggestion === undefined ? {} : { fix: `did you mean {${suggestion}}?` }),
      };
    }),
    ...known
      .filter((name) => parts !== undefined && VERSION_NAMES.includes(name) && parts[name] === undefined)
      .map((name): Problem => ({
        path,
        message: `{${name}} stands for nothing: the version ${quote(version ?? '')} has none`,
      })),
  ];
}

function repeated(items: readonly unknown[], path: Path): Problem[] {
  return items.flatMap((item, i) =>
    typeof item === 'string' && items.indexOf(item) < i
      ? [{ path: [...path, i], message: `found ${quote(item)} a second time; allowed: each once` }]
      : [],
  );
}

function pick<T extends z.ZodType>(schema: T, value: unknown): z.output<T> | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
