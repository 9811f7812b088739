/** The metadata services of clouds by IPv4: link-local (most), Alibaba Cloud, Azure's WireServer, Oracle Cloud. */
const METADATA_V4: readonly string[] = ['169.254.0.0/16', '100.100.100.200', '168.63.129.16', '192.0.0.192'];
/** By IPv6: Amazon's, Google's, Oracle's, Scaleway's, OpenStack's. */
const METADATA_V6: readonly string[] = [
  'fd00:ec2::/32',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:42::42',
  'fe80::a9fe:a9fe',
];

/**
 * The IPv6 addresses by which a translator reaches an IPv4 network (RFC 6052, section 2.2): below the well-known prefix, below 6to4's, and as
 * an IPv4-mapped address.
 *
 * @param network IPv4 in CIDR notation
 */
function translated(network: string): string[] {
  const [address = '', length = '32'] = network.split('/');
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const [high, low] = [a * 256 + b, c * 256 + d].map((word) => word.toString(16));
  const bits = (before: number): string => String(before + Number(length));
  return [
    `64:ff9b::${high ?? ''}:${low ?? ''}/${bits(96)}`,
    `::ffff:${high ?? ''}:${low ?? ''}/${bits(96)}`,
    `2002:${high ?? ''}:${low ?? ''}::/${bits(16)}`,
  ];
}

/** The same below a prefix of a network's own choice (RFC 8215): whatever lies between it and the address. */
function translatedLocally(network: string): string {
  const [address = '', length = '32'] = network.split('/');
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const words = (high: number, low: number): string => `${high.toString(16)}:${low.toString(16)}`;
  const mask = 2 ** 32 - 2 ** (32 - Number(length));
  const masks = words(Math.floor(mask / 65_536), mask % 65_536);
  return `ip6 daddr & ffff:ffff:ffff::${masks} == 64:ff9b:1::${words(a * 256 + b, c * 256 + d)} drop`;
}

/**
 * Writes the host's firewall for nft(8). It is a table of its own, replaced in one transaction, so it neither touches Docker's rules nor is
 * touched by them: a packet must be accepted by both.
 *
 * @param options.sshPort port of sshd
 * @param options.jail user whose processes, and the rootless containers among them, must not reach services of this host, and its first
 *   subordinate id. The user's number where it is known: with a name that is gone no rule at all would be loaded
 */
export function firewallRules(options: {
  readonly sshPort: number;
  readonly jail?: { readonly user: number | string; readonly subordinate: number };
}): string {
  const { sshPort, jail } = options;
  return `#!/usr/sbin/nft -f
# Written by Dockyard; loaded by dockyard-firewall.service. Docker's rules live in tables of their own.
table inet dockyard
delete table inet dockyard

table inet dockyard {
  chain input {
    type filter hook input priority filter - 10; policy drop;
    iifname "lo" accept
    ct state established,related accept
    ct state invalid drop
    # Without these IPv6 has no neighbours, no routes and no path MTU (RFC 4890).
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request } accept
    icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query } ip6 hoplimit { 1, 255 } accept
    icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-request } accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    # Containers are no part of the network that may administer the host.
    iifname "docker*" drop
    iifname "br-*" drop
    tcp dport ${String(sshPort)} accept
  }

  # The metadata services of clouds hand out the host's credentials. Some are the name server too.
  chain metadata {
    udp dport 53 return
    tcp dport 53 return
    ip daddr { ${METADATA_V4.join(', ')} } drop
    ip6 daddr { ${METADATA_V6.join(', ')} } drop
    # The same through a translator of the network (NAT64, RFC 6052 and 8215).
    ip6 daddr { ${METADATA_V4.flatMap(translated).join(', ')} } drop
    ${METADATA_V4.map(translatedLocally).join('\n    ')}
  }

  chain forward {
    type filter hook forward priority filter - 10; policy drop;
    ct state established,related accept
    jump metadata
    # Containers reach out; nobody reaches in, whatever port they publish.
    iifname "docker*" accept
    iifname "br-*" accept
  }
${
  jail === undefined
    ? ''
    : `
  chain output {
    type filter hook output priority filter - 10; policy accept;
    # What the kernel itself sends, such as neighbour advertisements, has no user, and matches no comparison with one.
    meta skuid ${typeof jail.user === 'number' ? String(jail.user) : `"${jail.user}"`} jump jail
    meta skuid ${String(jail.subordinate)}-${String(jail.subordinate + 65_535)} jump jail
  }

  chain jail {
    jump metadata
    # The connections of rootless containers leave as this user's own.
    oifname "lo" ct state established,related accept
    oifname "lo" udp dport 53 accept
    oifname "lo" tcp dport 53 accept
    oifname "lo" drop
    oifname "docker*" drop
    oifname "br-*" drop
  }
`
}}
`;
}

export const FIREWALL_UNIT = `# Written by Dockyard.
[Unit]
Description=Firewall of this runner host
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
After=local-fs.target

[Service]
Type=oneshot
RemainAfterExit=yes
# Loading replaces the table in one transaction: a restart leaves no gap.
ExecStart=/usr/sbin/nft -f /etc/dockyard/firewall.nft
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_NETLINK AF_UNIX
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native

[Install]
WantedBy=sysinit.target
`;
