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

/** Security updates alone: Debian's own choice has all of stable's updates, too. A reboot is left to people, and \`check\` tells of it. */
export const UPGRADES = `// Written by Dockyard.
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
#clear Unattended-Upgrade::Allowed-Origins;
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
  "origin=Debian,codename=\${distro_codename}-security,label=Debian-Security";
  "origin=Ubuntu,archive=\${distro_codename}-security";
};
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::MinimalSteps "true";
`;

export const JOURNAL = `# Written by Dockyard.
[Journal]
Storage=persistent
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

/** The package's own service would run as root; it may only where somebody registered a runner with it by hand. */
export const PACKAGED_RUNNER = `# Written by Dockyard.
[Unit]
ConditionPathExists=/etc/gitlab-runner/config.toml
`;

/**
 * Writes the containers.conf(5) of rootless Podman.
 *
 * @param network of the inventory
 */
export function containersConf(network: 'dual' | 'ipv6'): string {
  // On a host without IPv4 pasta takes Docker's bridge for the way out, and fails on its route.
  return `# Written by Dockyard.\n[network]\npasta_options = [${network === 'ipv6' ? '"--ipv6-only"' : ''}]\n`;
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
