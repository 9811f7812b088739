const PHP_EXTENSIONS = [
  ...['php8.4-bcmath', 'php8.4-bz2', 'php8.4-curl', 'php8.4-gd', 'php8.4-gmp', 'php8.4-intl', 'php8.4-mbstring'],
  ...['php8.4-mysql', 'php8.4-pgsql', 'php8.4-soap', 'php8.4-sqlite3', 'php8.4-xml', 'php8.4-zip'],
];

/** What the distribution has of the same software, by project, or by image where its lines and variants have the same. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  haproxy: ['haproxy'],
  lighttpd: ['lighttpd', 'lighttpd-mod-deflate', 'lighttpd-mod-openssl', 'lighttpd-modules-lua'],
  memcached: ['memcached'],
  mosquitto: ['mosquitto', 'mosquitto-clients'],
  nginx: ['nginx'],
  node: ['nodejs', 'npm'],
  'node-22-slim': ['nodejs'],
  'node-24-slim': ['nodejs'],
  'php-8.4-cli': ['php8.4-cli', ...PHP_EXTENSIONS],
  'php-8.4-fpm': ['php8.4-fpm', ...PHP_EXTENSIONS],
  postgres: ['postgresql-17'],
  redis: ['redis-server'],
  unbound: ['unbound'],
  valkey: ['valkey-server'],
};

/**
 * The Debian packages that a person would install in place of an image.
 *
 * @returns undefined where there are none
 */
export function counterpartOf(project: string, image: string): readonly string[] | undefined {
  return PACKAGES[project] ?? PACKAGES[image];
}

/**
 * The Dockerfile that installs an image's packages on its base, and nothing else. The packages come by a mount, so no list or archive of
 * them is left in it.
 *
 * @param base reference of the base: `dockyard/debian:13`
 */
export function packageDockerfile(base: string): string {
  return `FROM ${base}
RUN --mount=type=bind,from=sources,source=packages,target=/packages \\
    set -eu; \\
    apt-get install --yes --no-install-recommends /packages/*.deb; \\
    find /var/log /var/cache /var/lib/apt/lists -type f -delete; \\
    rm -f /var/lib/dpkg/*-old /etc/*-
`;
}
