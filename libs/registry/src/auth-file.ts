import { UserError } from '@dockyard/exec';
import { z } from 'zod';
import { hostOf, type RepositoryName } from './reference.ts';

/** What a registry knows a user by. A `username` of `<token>` says that the password is an identity token (OAuth 2). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const entry = z.looseObject({
  auth: z.string().nullish(),
  username: z.string().nullish(),
  password: z.string().nullish(),
  identitytoken: z.string().nullish(),
});
const config = z.looseObject({
  auths: z.record(z.string(), entry).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/** A file of credentials: containers-auth.json(5), or Docker's config.json. */
export interface AuthFile {
  /** Its path, or the variable that it is in. */
  readonly name: string;
  readonly content: z.infer<typeof config>;
}

/**
 * Reads a file of credentials.
 *
 * @param text JSON
 * @param name its path, or the variable that it comes from
 * @throws {UserError} it is none; what it holds isn't shown
 */
export function parseAuthFile(text: string, name: string): AuthFile {
  try {
    return { name, content: text.trim() === '' ? {} : config.parse(JSON.parse(text)) };
  } catch {
    // The cause would show the text, and with it the secrets.
    throw new UserError(`${name} is no file of credentials for registries.`, {
      hint: 'It is JSON: {"auths": {"registry.example.com": {"auth": "…"}}}. Log in again, or correct the variable.',
    });
  }
}

/**
 * Finds the credential helper that a file names for a registry.
 *
 * @param registry `host[:port]`
 * @returns what stands behind `docker-credential-`
 */
export function helperFor({ content }: AuthFile, registry: string): string | undefined {
  const helpers = Object.entries(content.credHelpers ?? {});
  return (helpers.find(([key]) => key === registry) ?? helpers.find(([key]) => isSameHost(key, registry)))?.[1];
}

/** The helper that a file names for all registries. */
export function commonHelper({ content }: AuthFile): string | undefined {
  const name = content.credsStore ?? '';
  return name === '' ? undefined : name;
}

/**
 * Finds the entry of a file for a repository: of `host/group/image`, `host/group` and `host` the most specific key, then what older clients
 * have written for the host: `https://host`, `https://host/v1/`. Hosts are compared as URLs.
 *
 * @returns undefined where no key fits, or the entry holds nothing, as beside a helper
 * @throws {UserError} the entry can't be read; what it holds isn't shown
 */
export function credentialsIn(file: AuthFile, { registry, name }: RepositoryName): Credentials | undefined {
  const host = hostOf(registry);
  const found = Object.entries(file.content.auths ?? {})
    .flatMap(([key, value]) => {
      const place = placeOf(key);
      if (place === undefined || place.host !== host) return [];
      if (place.path !== '' && place.path !== name && !name.startsWith(`${place.path}/`)) return [];
      return [{ key, value, rank: [place.path.length, key.startsWith(registry) ? 1 : 0] as const }];
    })
    .reduce<{ key: string; value: z.infer<typeof entry>; rank: readonly [number, number] } | undefined>(
      (best, one) =>
        best === undefined || one.rank[0] > best.rank[0] || (one.rank[0] === best.rank[0] && one.rank[1] > best.rank[1])
          ? one
          : best,
      undefined,
    );
  return found === undefined ? undefined : decode(found.value, `${file.name}: the entry ${JSON.stringify(found.key)}`);
}

/** The host and path of a key. One with a scheme is of old, and means the whole host; so are the names of APIs behind it. */
function placeOf(key: string): { host: string; path: string } | undefined {
  const [, scheme, authority = '', rest = ''] = /^(https?:\/\/)?([^/]*)(.*)$/i.exec(key) ?? [];
  const host = hostOf(authority);
  if (host === undefined) return undefined;
  const path = rest.replaceAll(/^\/+|\/+$/g, '');
  return { host, path: scheme !== undefined || /^v[12]$/.test(path) ? '' : path };
}

function isSameHost(key: string, registry: string): boolean {
  const place = placeOf(key);
  return place?.path === '' && place.host === hostOf(registry);
}

function decode(found: z.infer<typeof entry>, what: string): Credentials | undefined {
  const { identitytoken: token, auth } = found;
  if (isText(token)) return { username: '<token>', password: token };
  if (isText(auth)) {
    const text = Buffer.from(auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1 || !/^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(auth))
      throw new UserError(`${what} holds no name and password.`, {
        hint: 'Its "auth" is name:password in base64. Log in again.',
      });
    // Docker once padded passwords.
    return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
  }
  return isText(found.username) && isText(found.password)
    ? { username: found.username, password: found.password }
    : undefined;
}

function isText(text: string | null | undefined): text is string {
  return text !== undefined && text !== null && text !== '';
}
