import { z } from 'zod';
import { allowedPlatforms, parseSize } from '@dockyard/definition';
import { checkSshUrl } from './ssh-url.ts';

/** An address of a remote machine, for `readYaml`. */
export const sshUrlSchema = z.string('a URL such as ssh://user@host:22').superRefine((text, context) => {
  const wrong = checkSshUrl(text);
  if (wrong !== undefined)
    context.addIssue({ code: 'custom', message: `a URL such as ssh://user@host:22; it ${wrong}` });
});
/** A platform as OCI writes it, for `readYaml`. */
export const platformSchema = z.string('a platform such as linux/arm64').superRefine((text, context) => {
  const message = allowedPlatforms(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});
const size = (least: string) =>
  z.string('a size such as 20 GB').transform((text, context) => {
    const bytes = parseSize(text);
    if (bytes === undefined) context.addIssue({ code: 'custom', message: 'a size such as 20 GB, in kB, MB or GB' });
    else if (bytes < (parseSize(least) ?? 0) || bytes > 1e15)
      context.addIssue({ code: 'custom', message: `a size from ${least} to 1000000 GB` });
    return bytes ?? 0;
  });
/** Printable ASCII but quotes, backslashes and blanks: it means the same in TOML, in apt's sources and in a message. */
const text = (what: string) => z.string(what).regex(/^[!#-&(-[\]-~]+$/, what);
/** A URL that may be committed, and written anywhere. */
const url = (protocol: RegExp, what: string) =>
  text(what).superRefine((value, context) => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    if (parsed === undefined || !protocol.test(parsed.protocol) || parsed.search !== '' || parsed.hash !== '')
      context.addIssue({ code: 'custom', message: what });
    else if (parsed.username !== '' || parsed.password !== '')
      context.addIssue({ code: 'custom', message: `${what}, without a user or password` });
  });
const timeServer = z
  .string('the name or address of an NTP server')
  .regex(/^[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$/i, 'the name or address of an NTP server');
const count = z.int('a whole number from 1').min(1, 'a whole number from 1').max(1000, 'a whole number up to 1000');

export const runnerSchema = z.strictObject(
  {
    trust: z.enum(['protected', 'unprotected'], 'protected or unprotected'),
    socket: z.boolean('true or false').default(false),
    concurrency: count.optional(),
    images: z.array(text('an image pattern such as registry.example.com/*'), 'a list of image patterns').default([]),
  },
  'a mapping with `trust`',
);

export const diskSchema = z.strictObject(
  {
    budget: size('1 GB').default(20e9),
    days: count.default(14),
    reserve: size('100 MB').default(5e9),
  },
  'a mapping with `budget`, `days` and `reserve`',
);

export const hostSchema = z.strictObject(
  {
    address: sshUrlSchema,
    platforms: z
      .array(platformSchema, 'a list of platforms')
      .min(1, 'a list of platforms, such as [linux/arm64]')
      .refine((all) => new Set(all).size === all.length, 'a list that has each platform once'),
    network: z.enum(['dual', 'ipv6'], 'dual or ipv6').default('dual'),
    timeServers: z.array(timeServer, 'a list of NTP servers, such as [ntp.example.com]').default([]),
    developers: sshUrlSchema.optional(),
    disk: diskSchema.default({ budget: 20e9, days: 14, reserve: 5e9 }),
    runners: z.array(runnerSchema, 'a list of runners').default([]),
  },
  'a mapping with `address` and `platforms`',
);

export const packagesSchema = z.strictObject(
  {
    url: url(/^https?:$/, 'the URL of an apt repository'),
    suite: text('a suite such as trixie'),
    component: text('a component such as main').default('main'),
    key: text('a file of this repository with the key, ASCII-armored').refine(
      (path) => !path.startsWith('/') && !path.split('/').includes('..'),
      'a file of this repository, relative to its root',
    ),
  },
  'a mapping with `url`, `suite` and `key`',
);

export const gitlabSchema = z.strictObject(
  {
    // Over http: the runner's token could be read on the way.
    url: url(/^https:$/, 'the https: URL of a GitLab instance'),
    image: text('an image such as debian:13').default('debian:13'),
    helper: text('an image, with {arch}').optional(),
    packages: packagesSchema,
  },
  'a mapping with `url` and `packages`',
);

export const inventorySchema = z.strictObject(
  {
    gitlab: gitlabSchema.optional(),
    hosts: z.record(
      z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, 'a name of small letters, digits, "-" and "."'),
      hostSchema,
      'a mapping from name to host',
    ),
  },
  'a mapping with `hosts`',
);
