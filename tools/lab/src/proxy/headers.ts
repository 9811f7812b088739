// RFC 9110, 7.6.1, and what a proxy answers by itself.
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  'expect',
]);

/** Headers as Node takes them, for messages that repeat some. */
export type Headers = Record<string, string | string[]>;

/**
 * Leaves out what concerns one connection only. Pure.
 *
 * @param headers as Node parsed them
 */
export function endToEnd(headers: NodeJS.Dict<string | string[]>): Headers {
  const kept = Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] => entry[1] !== undefined && !HOP_BY_HOP.has(entry[0]),
  );
  return Object.fromEntries(kept);
}

/**
 * Keeps a client on the proxy where an answer names the target. Pure.
 *
 * @param location the header's value
 * @param target URL of the target
 * @param proxy URL of the proxy
 */
export function proxiedLocation(location: string, target: URL, proxy: string): string {
  return location.startsWith(`${target.origin}/`) ? proxy + location.slice(target.origin.length) : location;
}
