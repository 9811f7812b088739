export const SSHD = `# Written by Dockyard.
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitEmptyPasswords no
X11Forwarding no
AllowAgentForwarding no
MaxAuthTries 3
LoginGraceTime 30
ClientAliveInterval 60
ClientAliveCountMax 3
`;

/** Security updates alone, which is the package's own choice of origins; a reboot is left to people, and \`check\` tells of it. */
export const UPGRADES = `// Written by Dockyard.
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::MinimalSteps "true";
`;

export const JOURNAL = `# Written by Dockyard.
[Journal]
SystemMaxUse=500M
SystemKeepFree=1G
MaxRetentionSec=1month
`;

/**
 * Writes the settings of systemd-timesyncd.
 *
 * @param servers names or addresses of NTP servers
 */
export function timeServers(servers: readonly string[]): string {
  return `# Written by Dockyard.\n[Time]\nNTP=${servers.join(' ')}\n`;
}

/**
 * Writes the kernel's settings of a host that forwards for containers.
 *
 * @param uplink interface whose routes the kernel learns from router advertisements; undefined where something else does
 */
export function sysctl(uplink: string | undefined): string {
  // A kernel that forwards ignores advertisements, and so loses its default route, unless told otherwise (ip-sysctl, accept_ra).
  const accept = uplink === undefined ? '' : `net/ipv6/conf/${uplink}/accept_ra = 2\n`;
  return `# Written by Dockyard.\n${accept}net/ipv6/conf/all/forwarding = 1\nnet/ipv4/ip_forward = 1\n`;
}

/**
 * Writes an apt source (deb822) of GitLab Runner.
 *
 * @param key path of its key on the host
 */
export function aptSource(source: { url: string; suite: string; component: string }, key: string): string {
  return `# Written by Dockyard.
Types: deb
URIs: ${source.url}
Suites: ${source.suite}
Components: ${source.component}
Signed-By: ${key}
`;
}
