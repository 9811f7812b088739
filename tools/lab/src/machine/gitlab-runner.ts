import type { DebianPackage } from './apt-repository.ts';

/**
 * The fields of config.toml that GitLab Runner 19.4 documents (docs.gitlab.com, "Advanced configuration") and reads, by table, with the kind of
 * their values. A stand-in refuses every other one.
 */
const FIELDS: Readonly<Record<string, Readonly<Record<string, 'text' | 'list' | 'number' | 'flag' | 'texts'>>>> = {
  '': {
    concurrent: 'number',
    check_interval: 'number',
    shutdown_timeout: 'number',
    connection_max_age: 'text',
    listen_address: 'text',
    log_level: 'text',
    log_format: 'text',
    sentry_dsn: 'text',
    user: 'text',
  },
  '[runners]': {
    name: 'text',
    url: 'text',
    token: 'text',
    executor: 'text',
    builds_dir: 'text',
    cache_dir: 'text',
    clone_url: 'text',
    environment: 'list',
    limit: 'number',
    output_limit: 'number',
    request_concurrency: 'number',
    strict_check_interval: 'flag',
    unhealthy_requests_limit: 'number',
    unhealthy_interval: 'text',
    pre_get_sources_script: 'text',
    post_get_sources_script: 'text',
    pre_build_script: 'text',
    post_build_script: 'text',
    prepare_timeout: 'text',
    get_sources_timeout: 'text',
    shell: 'text',
    debug_trace_disabled: 'flag',
    clean_git_config: 'flag',
  },
  'runners.docker': {
    allowed_images: 'list',
    allowed_privileged_images: 'list',
    allowed_privileged_services: 'list',
    allowed_pull_policies: 'list',
    allowed_services: 'list',
    allowed_users: 'list',
    cache_dir: 'text',
    cap_add: 'list',
    cap_drop: 'list',
    cpus: 'text',
    disable_cache: 'flag',
    disable_entrypoint_overwrite: 'flag',
    dns: 'list',
    enable_ipv6: 'flag',
    extra_hosts: 'list',
    helper_image: 'text',
    helper_image_flavor: 'text',
    host: 'text',
    image: 'text',
    memory: 'text',
    memory_reservation: 'text',
    memory_swap: 'text',
    network_mode: 'text',
    network_mtu: 'number',
    oom_kill_disable: 'flag',
    privileged: 'flag',
    pull_policy: 'texts',
    security_opt: 'list',
    service_memory: 'text',
    services_limit: 'number',
    services_privileged: 'flag',
    services_security_opt: 'list',
    shm_size: 'number',
    tls_verify: 'flag',
    user: 'text',
    volume_keep: 'flag',
    volumes: 'list',
    wait_for_services_timeout: 'number',
  },
};

const PATTERNS = {
  text: '"(?:[^"\\\\\\\\]|\\\\\\\\.)*"',
  number: '[0-9]+',
  flag: '(?:true|false)',
} as const;
const LIST = `\\\\[(?:${PATTERNS.text}(?:, )?)*\\\\]`;

/** Perl, which is part of every Debian. */
function program(): string {
  const kinds = { ...PATTERNS, list: LIST, texts: `(?:${PATTERNS.text}|${LIST})` };
  const tables = Object.entries(FIELDS).map(
    ([table, fields]) =>
      `  '${table}' => { ${Object.entries(fields)
        .map(([field, kind]) => `${field} => '${kind}'`)
        .join(', ')} },`,
  );
  const patterns = Object.entries(kinds).map(([kind, pattern]) => `  '${kind}' => '${pattern}',`);
  return `#!/usr/bin/perl
# Stands in for gitlab-runner: refuses a config.toml that the documentation doesn't describe, takes no jobs, ends on SIGQUIT.
use strict; use warnings; $| = 1;
my %fields = (
${tables.join('\n')}
);
my %kinds = (
${patterns.join('\n')}
);
my ($verb, %option) = (shift @ARGV // '');
while (@ARGV) { my $name = shift @ARGV; $option{$name} = shift @ARGV }
if ($verb ne 'run') { exit 0 }
my $file = $option{'--config'} or die "FATAL: no --config\\n";
my ($table, $line, %seen) = ('', 0);
open my $in, '<', $file or die "FATAL: $file: $!\\n";
while (<$in>) {
  $line++; chomp; next if /^\\s*(#|$)/;
  if (/^\\s*\\[(\\[runners\\]|runners\\.docker|runners\\.feature_flags)\\]\\s*$/) { $table = $1; next }
  if ($table eq 'runners.feature_flags') { /^\\s*FF_[A-Z_]+ = (true|false)$/ or die "FATAL: $file:$line: $_\\n"; next }
  my ($name, $value) = /^\\s*([a-z0-9_]+) = (.*)$/ or die "FATAL: $file:$line: not a field: $_\\n";
  my $kind = $fields{$table}{$name} or die "FATAL: $file:$line: no field $name in [$table]\\n";
  $value =~ /^$kinds{$kind}$/ or die "FATAL: $file:$line: $name is no $kind\\n";
  $seen{"$table $name"}++ and die "FATAL: $file:$line: $name is there twice\\n";
}
for my $needed ('[runners] url', '[runners] token', '[runners] executor', 'runners.docker image') {
  $seen{$needed} or die "FATAL: $file: $needed is missing\\n";
}
my $end = 0;
$SIG{QUIT} = sub { $end = 1; print "WARNING: graceful shutdown, waiting for builds to finish\\n" };
$SIG{TERM} = $SIG{INT} = sub { print "WARNING: shutting down, builds are aborted\\n"; exit 1 };
print "Configuration loaded: $file\\n";
# A file \`job\` in the working directory is a job that runs.
until ($end and not -e "$option{'--working-directory'}/job") { sleep 1 }
print "All builds finished. Exiting.\\n";
`;
}

/** As the real package does it: a service of its own, which runs as root, is installed and started. */
const POSTINST = `#!/bin/sh
set -e
mkdir -p /etc/gitlab-runner
cat >/etc/systemd/system/gitlab-runner.service <<'end'
[Unit]
Description=GitLab Runner
ConditionFileIsExecutable=/usr/bin/gitlab-runner
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
end
systemctl daemon-reload
systemctl -q enable gitlab-runner.service
systemctl start gitlab-runner.service || :
`;

/** A package that stands in for gitlab-runner, which can't be had from Debian. It validates config.toml and takes no jobs. */
export const GITLAB_RUNNER: DebianPackage = {
  name: 'gitlab-runner',
  version: '19.4.0',
  files: { 'usr/bin/gitlab-runner': program() },
  postinst: POSTINST,
};
