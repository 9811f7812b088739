import { z } from 'zod';
import { SIZE } from './byte-size.ts';
import { PLATFORMS } from './platform.ts';

// Every `error` here says what is allowed: the reader writes "found …; allowed: <error>" around it.

function text(pattern: RegExp, allowed: string, description: string): z.ZodString {
  return z.string({ error: allowed }).regex(pattern, { error: allowed }).meta({ description });
}

function list<T extends z.ZodType>(item: T, allowed: string, description: string) {
  return z.array(item, { error: allowed }).min(1, { error: allowed }).meta({ description });
}

function flag(description: string) {
  return z.boolean({ error: 'true or false' }).meta({ description });
}

const platform = z
  .enum(PLATFORMS, { error: PLATFORMS.join(', ') })
  .meta({ description: 'A platform as OCI writes it' });

const fileName = (description: string) =>
  text(
    /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,254}$/,
    'a plain file name: letters, digits and . _ + ~ -, beginning with a letter or a digit, in no folder',
    description,
  );

const URL_RULE =
  'https://host/path without credentials, debian:pool/<path without ..>, or npm:<package>@<version>; {version}, {major}, {minor}, {patch} and {arch} are filled in';

function isSourceUrl(url: string): boolean {
  if (url.startsWith('https://')) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    return parsed !== undefined && parsed.username === '' && parsed.password === '';
  }
  return !url.split('/').includes('..');
}

const sourceUrl = z
  .string({ error: URL_RULE })
  .regex(
    /^(?:https:\/\/[^\s/]+\/\S+|debian:pool\/[^\s?#]+|npm:(?:@[a-z0-9._~-]+\/)?[a-z0-9._~-]+@[A-Za-z0-9.+_{}-]+)$/,
    { error: URL_RULE },
  )
  .refine(isSourceUrl, { error: URL_RULE })
  .meta({ description: 'Where the file can be fetched' });

const sourceUrls = list(sourceUrl, 'a list of one URL or more', 'Where the file can be fetched, tried in this order');

export const signatureSchema = z
  .strictObject(
    { urls: sourceUrls, key: fileName('The public key, a file beside image.yaml') },
    { error: 'a mapping with urls and key' },
  )
  .meta({ description: 'A detached OpenPGP signature of the file, checked besides the digest' });

export const sourceSchema = z
  .strictObject(
    {
      file: fileName('The name the file has in the build context `sources`'),
      urls: sourceUrls,
      sha256: text(
        /^[0-9a-f]{64}$/,
        '64 lower-case hexadecimal digits, in quotes',
        'The SHA-256 of the file',
      ).optional(),
      sha512: text(
        /^[0-9a-f]{128}$/,
        '128 lower-case hexadecimal digits, in quotes',
        'The SHA-512 of the file',
      ).optional(),
      platforms: list(
        platform,
        'a list of one platform or more',
        'The platforms that need this file; without it, all of them',
      ).optional(),
      signature: signatureSchema.optional(),
    },
    { error: 'a mapping with file, urls and sha256 or sha512' },
  )
  .meta({
    description: 'An upstream file with its digest',
    oneOf: [{ required: ['sha256'] }, { required: ['sha512'] }],
  });

const packageName = text(
  /^[a-z0-9][a-z0-9+.-]{1,127}$/,
  'the name of a Debian package: lower-case letters, digits and + . -',
  'The name of a Debian package; its exact version is in the lock file',
);

export const packagesSchema = z
  .strictObject(
    {
      suite: text(/^[a-z][a-z0-9-]{0,63}$/, 'the name of a Debian suite, such as trixie', 'The Debian suite'),
      image: list(packageName, 'a list of one package or more', 'Packages that the image holds').optional(),
      compile: list(packageName, 'a list of one package or more', 'Packages that compiling needs').optional(),
      bootstrap: flag('The image packages start from nothing: only for the base image').optional(),
      dependencies: flag(
        'false: the image packages are locked alone, without what they depend on, for a Dockerfile that only unpacks them',
      ).optional(),
    },
    { error: 'a mapping with suite, image, compile, bootstrap and dependencies' },
  )
  .meta({ description: 'Debian packages, locked in packages/<image|compile>.<arch>.json' });

const line = (allowed: string, description: string) => text(/^\S(?:[^\r\n]*\S)?$/, allowed, description);

export const updateSchema = z
  .strictObject(
    {
      datasource: text(
        /^[a-z][a-z0-9-]{0,63}(?:\.[A-Za-z0-9_-]{1,63})?$/,
        'the name of a Renovate datasource',
        'The Renovate datasource',
      ),
      package: line('the name of the package in that datasource', 'The name of the package in that datasource'),
      allowed: text(
        /^~\d+(?:\.\d+)?$/,
        'a release line in quotes, "~8.0" or "~24"',
        'The release line that the definition stays on',
      ).optional(),
      versioning: line('a Renovate versioning', 'The Renovate versioning').optional(),
      extract: line('a regular expression', 'What of the upstream tag is the version (extractVersion)').optional(),
    },
    { error: 'a mapping with datasource, package, allowed, versioning and extract' },
  )
  .meta({ description: 'Where new versions of the upstream software are announced' });

const date = (description: string) => text(/^\d{4}-\d{2}-\d{2}$/, 'a date, such as 2027-06-30', description);

export const deprecatedSchema = z
  .strictObject(
    {
      until: date('The last day on which the image is maintained'),
      replacement: text(
        /^[a-z0-9](?:[a-z0-9._/:-]*[a-z0-9])?$/,
        'an image, such as valkey or redis:8.2',
        'The image to use in its place',
      ).optional(),
      message: line('one line of text', 'What else its users have to know').optional(),
    },
    { error: 'a mapping with until, replacement and message' },
  )
  .meta({ description: 'The image is given up on that day: its labels, its README and its build say so' });

const ENVIRONMENT_RULE = 'names of environment variables, each with a line of text';

export const environmentSchema = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
      error: 'the name of an environment variable: letters, digits and _, beginning with none of the digits',
    }),
    line('one line of text, Markdown', 'What the variable does, in one line'),
    { error: ENVIRONMENT_RULE },
  )
  .meta({ description: 'Environment variables that the image reads when it starts, for its README' });

const SIZE_RULE = 'a size with its unit, such as 31.9 MB (kB, MB or GB)';

export const sizesSchema = z
  .partialRecord(
    platform,
    z
      .string({ error: SIZE_RULE })
      .regex(SIZE, { error: SIZE_RULE })
      .meta({ description: 'Compressed size of all layers, such as 31.9 MB' }),
    { error: 'platforms, each with a size such as 31.9 MB' },
  )
  .meta({
    description:
      'The compressed size that the image may have on each platform; growth over 5 % has to be accepted here',
  });

const SPDX = /^\(*[A-Za-z0-9.-]+\+?\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.-]+\+?\)*)*$/;
const SPDX_RULE = 'an SPDX licence expression, such as "Apache-2.0 OR MIT"';

/** The schema of image.yaml. Checks that join two fields are in semantics.ts. */
export const definitionSchema = z
  .strictObject(
    {
      extends: text(
        /^(?:\.\.\/)?[A-Za-z0-9][A-Za-z0-9._+~-]*\.yaml$/,
        'the relative path of a YAML file in the folder of the image, such as ../8.4.yaml',
        'A file with what definitions of this image share; what stands here goes before it',
      ).optional(),
      image: text(
        /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
        'a repository name: lower-case letters and digits, joined by . _ or -',
        'The name of the image; several release lines share it',
      ),
      variant: text(
        /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
        'a short name: lower-case letters and digits, joined by -',
        'Which of several images of one release line it is; the build argument VARIANT',
      ).optional(),
      title: line('one line of text', 'The name as people write it').optional(),
      description: line('one line of text', 'What the image is, in one line'),
      version: text(
        /^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,127}$/,
        'an upstream version in quotes, such as "8.0.2"',
        'The upstream version, in quotes',
      ),
      licenses: z
        .string({ error: SPDX_RULE })
        .regex(SPDX, { error: SPDX_RULE })
        .refine((value) => value.split('(').length === value.split(')').length, { error: SPDX_RULE })
        .meta({ description: 'The licences of what the image holds, an SPDX expression' }),
      homepage: text(/^https?:\/\/[^\s/]+(?:\/\S*)?$/, 'an http or https URL', 'The home page of the upstream project'),
      platforms: list(platform, 'a list of one platform or more', 'The platforms that the image is built for'),
      emulate: flag('Whether a platform may be emulated where no runner of it is at hand').default(false),
      sources: z
        .array(sourceSchema, { error: 'a list of sources' })
        .default([])
        .meta({ description: 'Upstream files, verified and handed to the build as the context `sources`' }),
      packages: packagesSchema.optional(),
      update: updateSchema.optional(),
      endOfLife: date('The last day on which upstream maintains this release line: builds say so after it').optional(),
      deprecated: deprecatedSchema.optional(),
      testWith: z
        .array(
          text(
            /^[a-z0-9]+(?:[._-][a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/,
            'an image of this repository with its tag, such as postgres:17',
            'An image of this repository with its tag, such as postgres:17',
          ),
          { error: 'a list of images of this repository' },
        )
        .default([])
        .meta({ description: 'Other images of this repository that the tests of this one start' }),
      environment: environmentSchema.default({}),
      sizes: sizesSchema.default({}),
      lint: z
        .record(
          text(/^[a-z][a-z0-9-]{0,63}$/, 'the name of a rule, such as non-root', 'The name of a rule'),
          line('the reason, one line of text', 'Why the rule does not fit this image'),
          { error: 'a mapping of rules with the reason for each' },
        )
        .optional()
        .meta({ description: 'Rules that are silenced for this image, each with its reason (npm run lint:images)' }),
      tags: list(
        text(
          /^[A-Za-z0-9_.{}-]{1,128}$/,
          'a tag: letters, digits and . _ -, with {version}, {major}, {minor}, {patch} and {variant} filled in',
          'A tag; {version}, {major}, {minor}, {patch} and {variant} are filled in',
        ),
        'a list of one tag or more',
        'The tags of the image',
      ),
    },
    { error: 'a mapping of fields' },
  )
  .meta({
    title: 'Dockyard image definition',
    description: 'The definition of one image, or of one release line of it',
  });

/**
 * The JSON Schema of image.yaml, for editors.
 *
 * @returns a draft-07 schema, which yaml-language-server understands best. A definition that extends a file need not be
 *   whole by itself.
 */
export function definitionJsonSchema(): object {
  const { required, ...schema } = z.toJSONSchema(definitionSchema, { target: 'draft-7', io: 'input' });
  return { ...schema, if: { required: ['extends'] }, else: { required } };
}

/**
 * The JSON Schema of a file that definitions extend, for editors.
 *
 * @returns a draft-07 schema with the fields of image.yaml, none of them required
 */
export function sharedJsonSchema(): object {
  return {
    ...z.toJSONSchema(definitionSchema.partial(), { target: 'draft-7', io: 'input' }),
    title: 'Shared part of Dockyard image definitions',
    description: 'What several definitions of one image extend',
  };
}
