/**
 * Whether a Docker Engine runs on this machine, so that the ports it publishes on its loopback are ours. What ssh leads to counts as another
 * machine, wherever it is: a tunnel is opened to its ports.
 *
 * @param host DOCKER_HOST; undefined for docker's own choice of a local engine
 */
export function isOnThisMachine(host: string | undefined): boolean {
  if (host === undefined || /^(unix|npipe|fd):/.test(host)) return true;
  const name = /^(?:tcp|https?):\/\/(\[[^\]]*\]|[^:/]*)/.exec(host)?.[1];
  return name !== undefined && /^(localhost|127(\.\d+){3}|\[::1\]|)$/i.test(name);
}
