/** Nothing of these means anything to a shell, to ssh's `%` tokens, or to ssh as an option. */
const PLAIN = /^ssh:\/\/(?:[a-z_][\w.-]*@)?(?:[a-z0-9_][\w.-]*|\[[0-9a-f:.]+\])(?::[1-9]\d*)?\/?$/i;

/**
 * Checks the address of a remote Docker Engine.
 *
 * @param text what should be `ssh://[user@]host[:port]`
 * @returns what is wrong, to follow "the runner of …"; nothing of the text is repeated, as it might hold a password
 */
export function checkSshUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'has no URL such as ssh://user@host:22';
  const url = new URL(text);
  if (url.protocol !== 'ssh:') return `must be reached by ssh://, not ${url.protocol}//`;
  if (url.password !== '') return 'has a password in its URL; ssh takes a key from its agent or configuration';
  if (url.hostname === '' || url.hostname.startsWith('-') || url.username.startsWith('-')) return 'has no host';
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    return 'has more than user, host and port in its URL';
  if (!PLAIN.test(text)) return 'has a user, host or port with characters that none of them has';
  return undefined;
}
