import { isLoopback } from './network.ts';

/** A URL that a server named, or why it isn't asked. */
export type NamedUrl = { readonly url: URL } | { readonly refused: string };

/**
 * The rule for every URL that a server names, in a redirect, a Location, a realm: https: never falls to http:, plain http: stays on this
 * machine, and a server elsewhere sends nobody to this machine's own services. Whoever asks the URL sends credentials to the origin alone
 * that they are for.
 *
 * @param text what the server wrote; may be relative
 * @param from the URL that it was asked by
 * @param o.insecure plain http: may go on as http: anywhere: for what is pinned by digest and asked without credentials
 */
export function namedUrl(text: string, from: URL, o: { readonly insecure?: boolean } = {}): NamedUrl {
  if (!URL.canParse(text, from.href)) return { refused: 'it is no URL' };
  const url = new URL(text, from);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refused: `${url.protocol} is not supported` };
  if (url.username !== '' || url.password !== '')
    return { refused: `${url.origin} is named with a user or a password` };
  if (url.protocol === 'http:' && from.protocol !== 'http:')
    return { refused: `${url.origin} is plain http:, and ${from.origin} was asked by https:` };
  if (url.protocol === 'http:' && o.insecure !== true && !isLoopback(url.hostname))
    return { refused: `${url.origin} is plain http:, which is only taken from this machine` };
  if (isThisMachine(url.hostname) && !isThisMachine(from.hostname))
    return { refused: `${url.origin} is this machine, and ${from.origin} is not` };
  return { url };
}

/** Wider than {@link isLoopback}: every way to write this machine, of which no server elsewhere can know anything. */
function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return (
    isLoopback(name) ||
    name.endsWith('.localhost') ||
    name === '0.0.0.0' ||
    name === '[::]' ||
    // IPv4 in IPv6, as the URL parser writes it: 127.0.0.0/8 and 0.0.0.0.
    /^\[::(?:ffff:)?(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\]$/.test(name)
  );
}
