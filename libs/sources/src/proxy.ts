import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { UserError } from '@dockyard/exec';
import { isLoopback } from './network.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = {
  'https:': ['HTTPS_PROXY', 'https_proxy'],
  'http:': ['HTTP_PROXY', 'http_proxy'],
} as const;

/**
 * Finds the proxy that a URL is asked through. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read as Go's programs read them (skopeo, podman,
 * docker, crane), so that all that takes part in a build agrees on what they mean: entries of NO_PROXY are parted by commas, and each is `*`, an
 * address, a range such as `10.0.0.0/8`, or a name, which stands for its subdomains too, and with a dot before it for them alone; all but ranges
 * may have a port. This machine is never asked through a proxy.
 *
 * @param url what is asked
 * @param env the environment
 * @returns undefined where it is asked directly
 * @throws {UserError} the variable names no proxy of HTTP
 */
export function proxyOf(url: URL, env: Environment = process.env): URL | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const names = url.protocol === 'https:' ? NAMES['https:'] : NAMES['http:'];
  const name = names.find((one) => (env[one] ?? '') !== '');
  if (name === undefined) return undefined;
  const exceptions = [env['NO_PROXY'], env['no_proxy']].find((text) => (text ?? '') !== '') ?? '';
  return isExcepted(url, exceptions) ? undefined : parse(env[name] ?? '', name);
}

function parse(text: string, name: string): URL {
  const whole = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(whole)) {
    const url = new URL(whole);
    if (url.hostname !== '' && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  }
  throw new UserError(`${name} names no proxy that can be used.`, {
    hint: 'It is the URL of a proxy of HTTP, such as http://proxy.example.com:3128.',
  });
}

function isExcepted(url: URL, exceptions: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const family = isIP(host);
  return exceptions
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => {
      if (entry === '*') return true;
      const range = parseRange(entry);
      if (range !== undefined) return family !== 0 && range.check(host, family === 4 ? 'ipv4' : 'ipv6');
      const parted = splitPort(entry);
      if (parted.host === '' || (parted.port !== undefined && parted.port !== port)) return false;
      if (isIP(parted.host) !== 0) return family !== 0 && sameAddress(parted.host, host);
      return family === 0 && isOfDomain(host, parted.host);
    });
}

function parseRange(entry: string): BlockList | undefined {
  const [, address = '', length = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  const bits = Number(length);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function sameAddress(one: string, other: string): boolean {
  const list = new BlockList();
  list.addAddress(one, isIP(one) === 4 ? 'ipv4' : 'ipv6');
  return list.check(other, isIP(other) === 4 ? 'ipv4' : 'ipv6');
}

function splitPort(entry: string): { host: string; port?: string } {
  if (isIP(entry) !== 0) return { host: entry };
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  return { host: bracketed ?? plain ?? '', ...(port !== undefined && { port }) };
}

function isOfDomain(host: string, entry: string): boolean {
  const suffix = entry.replace(/^\*\./, '.');
  const name = domainToASCII(suffix.replace(/^\./, ''));
  if (name === '') return false;
  return host.endsWith(`.${name}`) || (!suffix.startsWith('.') && host === name);
}
