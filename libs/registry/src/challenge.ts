/** What a registry asks for before it answers. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const PARAMETER = /([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g;

/**
 * Reads the WWW-Authenticate field of a 401 answer (RFC 9110, 11.6.1; distribution's token authentication).
 *
 * @param header its value
 * @returns undefined where it asks for nothing that is known here
 */
export function parseChallenge(header: string): Challenge | undefined {
  const scheme = /(?:^|,\s*)(bearer|basic)(?=\s|$)/i.exec(header);
  if (scheme === null) return undefined;
  if (scheme[1]?.toLowerCase() === 'basic') return { scheme: 'basic' };
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of header.slice(scheme.index + scheme[0].length).matchAll(PARAMETER))
    parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
  const realm = parameters.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const service = parameters.get('service');
  const scope = parameters.get('scope');
  return {
    scheme: 'bearer',
    realm,
    ...(service !== undefined && { service }),
    ...(scope !== undefined && { scope }),
  };
}
