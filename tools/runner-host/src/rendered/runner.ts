import type { Gitlab, HostRunner } from '@dockyard/inventory';

/** What takes the place of a token that isn't shown. */
export const MASKED_TOKEN = '***';

/** The helper image's architecture, as GitLab Runner names it, by `uname -m`. */
const HELPERS: Readonly<Record<string, string>> = {
  x86_64: 'x86_64',
  aarch64: 'arm64',
  armv7l: 'arm',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/**
 * Writes GitLab Runner's config.toml for one registration (docs.gitlab.com, "Advanced configuration").
 *
 * @param options.name description in GitLab
 * @param options.token the runner's authentication token, `glrt-…`
 * @param options.tags what the runner must be tagged with; GitLab keeps them itself, so they are a comment here
 * @param options.engine URL of the socket that the runner starts containers with; jobs get it only where `runner.socket` says so
 * @param options.concurrency jobs at a time
 * @param options.memory bytes that one job may take
 * @param options.machine `uname -m`
 */
export function runnerConfig(options: {
  readonly name: string;
  readonly gitlab: Gitlab;
  readonly runner: HostRunner;
  readonly token: string;
  readonly tags: readonly string[];
  readonly engine: string;
  readonly concurrency: number;
  readonly memory: number;
  readonly machine: string;
}): string {
  const { gitlab, runner } = options;
  const text = (value: string): string => JSON.stringify(value);
  const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;
  const protectedJobs = runner.trust === 'protected';
  const socket = options.engine.replace('unix://', '');
  const volumes = [
    ...(runner.socket ? [`${socket}:/var/run/docker.sock`] : []),
    ...(protectedJobs ? ['/var/lib/dockyard-protected/cache:/cache'] : []),
  ];
  const helper = gitlab.helper?.replaceAll('{arch}', HELPERS[options.machine] ?? options.machine);
  const lines = [
    '# Written by Dockyard.',
    `# In GitLab this runner has the tags ${options.tags.join(', ')}; "Protected" is ${protectedJobs ? 'on' : 'off'}, "Run untagged jobs" off.`,
    `concurrent = ${String(options.concurrency)}`,
    'check_interval = 3',
    'shutdown_timeout = 30',
    'log_format = "text"',
    '',
    '[[runners]]',
    `  name = ${text(options.name)}`,
    `  url = ${text(gitlab.url)}`,
    `  token = ${text(options.token)}`,
    '  executor = "docker"',
    `  limit = ${String(options.concurrency)}`,
    `  request_concurrency = ${String(options.concurrency)}`,
    '  output_limit = 16384',
    '  [runners.feature_flags]',
    '    FF_NETWORK_PER_BUILD = true',
    '  [runners.docker]',
    `    host = ${text(options.engine)}`,
    `    image = ${text(gitlab.image)}`,
    ...(helper === undefined ? [] : [`    helper_image = ${text(helper)}`]),
    '    privileged = false',
    // Unpacking and nesting need no more than Podman's own defaults; masked /proc and its seccomp filter forbid a container in a container.
    ...(protectedJobs
      ? ['    security_opt = ["no-new-privileges"]']
      : ['    security_opt = ["seccomp=unconfined", "unmask=ALL"]']),
    `    memory = ${text(`${String(Math.floor(options.memory / 2 ** 20))}m`)}`,
    `    pull_policy = ${list(protectedJobs ? ['always', 'if-not-present'] : ['always'])}`,
    ...(runner.images.length === 0
      ? []
      : [`    allowed_images = ${list(runner.images)}`, `    allowed_services = ${list(runner.images)}`]),
    '    enable_ipv6 = true',
    // What one job leaves in a volume the next one of the project would read.
    `    disable_cache = ${String(!protectedJobs)}`,
    `    volumes = ${list(volumes)}`,
    '    wait_for_services_timeout = 60',
    '',
  ];
  return lines.join('\n');
}

/**
 * Writes the unit of one registration.
 *
 * @param options.user who runs it
 * @param options.home its home, which holds config.toml
 * @param options.docker whether it uses the Docker Engine
 */
export function runnerUnit(options: { trust: string; user: string; home: string; docker: boolean }): string {
  const { trust, user, home, docker } = options;
  return `# Written by Dockyard.
[Unit]
Description=GitLab Runner for ${trust} jobs
Wants=network-online.target
After=network-online.target${docker ? ' docker.service' : ''}
ConditionPathExists=!/run/dockyard/paused

[Service]
User=${user}
${docker ? 'SupplementaryGroups=docker\n' : ''}ExecStart=/usr/bin/gitlab-runner run --config ${home}/config.toml --working-directory ${home}
# It takes no more jobs then, and ends when the running ones have ended.
KillSignal=SIGQUIT
KillMode=mixed
TimeoutStopSec=2h
Restart=always
RestartSec=10
# It talks to GitLab and to the socket of an engine, and does nothing else.
NoNewPrivileges=yes
CapabilityBoundingSet=
UMask=0077
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ReadWritePaths=${home}
# Not ProtectHome: below /run/user lies the socket of rootless Podman.
InaccessiblePaths=-/home -/root
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
