/**
 * Writes Docker's daemon.json.
 *
 * @param options.prefix the host's RFC 4193 prefix: the first /64 is the default bridge's, a /56 behind it that of other networks
 * @param options.version version of the Docker Engine, such as `26.1.5`; undefined where it isn't known yet
 */
export function daemonJson({ prefix, version }: { prefix: string; version: string | undefined }): string {
  // Until 27 ip6tables, which masquerades IPv6, was experimental, and off.
  const major = Number.parseInt(version ?? '0');
  const masquerade = major >= 27 ? {} : { experimental: true, ip6tables: true };
  const settings = {
    features: { 'containerd-snapshotter': true },
    ipv6: true,
    'fixed-cidr-v6': `${prefix}::/64`,
    ...masquerade,
    'default-address-pools': [
      { base: '172.16.0.0/12', size: 20 },
      { base: `${prefix}:100::/56`, size: 64 },
    ],
    // The engine may be upgraded and restarted under running jobs.
    'live-restore': true,
    // GitLab Runner asks for json-file whatever the default is, and a default's limits hold for its own driver only.
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '20m', 'max-file': '3' },
  };
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}
