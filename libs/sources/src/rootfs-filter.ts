// In dpkg's own notation: `*` stands for anything, `/` included.
const LEFT_OUT = [
  '/usr/share/doc/*',
  '/usr/share/doc-base/*',
  '/usr/share/man/*',
  '/usr/share/info/*',
  '/usr/share/groff/*',
  '/usr/share/lintian/*',
  '/usr/share/linda/*',
  '/usr/share/bug/*',
  '/usr/share/locale/*',
  // Mainframes' character sets, a megabyte of them; all that files and networks use stay.
  '/usr/lib/*/gconv/EBCDIC-*.so',
  '/usr/lib/*/gconv/IBM1???.so',
];

const KEPT = ['/usr/share/doc/*/copyright', '/usr/share/locale/locale.alias'];

const leftOut = LEFT_OUT.map(expression);
const kept = KEPT.map(expression);

/**
 * Tells what a container can do without: documentation, manual pages, translations, packaging leftovers, mainframes'
 * character sets. Licences stay: Debian's copyright files. For {@link RootfsOptions}.
 *
 * @param path relative to the root, with /usr merged, of something that is no folder
 */
export function dispensable(path: string): boolean {
  const absolute = `/${path}`;
  return leftOut.some((one) => one.test(absolute)) && !kept.some((one) => one.test(absolute));
}

/**
 * The same choice for dpkg itself: the content of a file in `/etc/dpkg/dpkg.cfg.d`, so that what is configured or
 * installed later leaves out the same.
 */
export function dpkgConfiguration(): string {
  return [...LEFT_OUT.map((glob) => `path-exclude=${glob}\n`), ...KEPT.map((glob) => `path-include=${glob}\n`)].join(
    '',
  );
}

function expression(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
