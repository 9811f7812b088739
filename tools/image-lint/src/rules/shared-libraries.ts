import { posix } from 'node:path';
import { type Entry, type ImageContents, resolve } from '../image/contents.ts';
import type { Elf } from '../image/elf.ts';
import { filesProblem, type Rule } from '../rule.ts';

/** Where ld.so of glibc looks last, for the multiarch folders of Debian too. */
const DEFAULTS = ['lib', 'usr/lib', 'lib64', 'usr/lib64'];
const TRIPLETS: Readonly<Record<string, string>> = {
  'linux/amd64': 'x86_64-linux-gnu',
  'linux/arm64': 'aarch64-linux-gnu',
  'linux/arm/v7': 'arm-linux-gnueabihf',
  'linux/386': 'i386-linux-gnu',
  'linux/ppc64le': 'powerpc64le-linux-gnu',
  'linux/s390x': 's390x-linux-gnu',
  'linux/riscv64': 'riscv64-linux-gnu',
};

export const sharedLibraries: Rule = {
  name: 'shared-libraries',
  severity: 'error',
  explanation:
    'A program whose libraries are not all in the image does not start, and nobody notices before somebody starts it.',
  fix: 'add the package that has the library to packages.image, or copy the library with the artifacts',
  image: (contents) => {
    const always = commonFolders(contents);
    return filesProblem(
      'not in the image',
      [...contents.files.values()].flatMap((entry) => missingOf(entry, contents, always)),
    );
  },
};

/** In the words of filesProblem: `usr/bin/x needs liby.so.1`. */
function missingOf(entry: Entry, { files, platform }: ImageContents, always: readonly string[]): string[] {
  const { elf } = entry;
  if (elf === undefined || elf.kind === 'other') return [];
  // ld.so takes no heed of DT_RPATH beside DT_RUNPATH.
  const own = [...(elf.runpath.length > 0 ? [] : elf.rpath), ...elf.runpath].map((folder) =>
    expand(folder, entry.path, platform),
  );
  const missing = elf.needed.filter((name) =>
    name.includes('/')
      ? !matches(resolve(files, name), elf)
      : ![...own, ...always].some((folder) => matches(resolve(files, posix.join(folder, name)), elf)),
  );
  const interpreter =
    elf.interpreter !== undefined && resolve(files, elf.interpreter) === undefined ? [elf.interpreter] : [];
  return [...interpreter, ...missing].map((name) => `${entry.path} needs ${name}`);
}

function matches(found: Entry | undefined, elf: Elf): boolean {
  if (found?.type !== 'file') return false;
  // A hard link has no content of its own here.
  return found.elf === undefined ? found.size === 0 : found.elf.machine === elf.machine && found.elf.bits === elf.bits;
}

/** The folders that every program's libraries are looked for in. */
function commonFolders({ config, linkerConfiguration, platform }: ImageContents): string[] {
  const variable = config.config?.Env?.find((one) => one.startsWith('LD_LIBRARY_PATH='));
  const configured = linkerConfiguration.flatMap((text) =>
    text
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line.startsWith('/')),
  );
  const triplet = TRIPLETS[platform];
  return [
    ...(variable?.slice('LD_LIBRARY_PATH='.length).split(':') ?? []).filter((one) => one !== ''),
    ...configured,
    ...(triplet === undefined ? [] : [`lib/${triplet}`, `usr/lib/${triplet}`]),
    ...DEFAULTS,
  ];
}

/** The names that ld.so fills in (ld.so(8), "Dynamic string tokens"). */
function expand(folder: string, path: string, platform: string): string {
  const origin = `/${posix.dirname(path)}`;
  return folder
    .replace(/\$(?:ORIGIN|\{ORIGIN\})/g, origin)
    .replace(/\$(?:LIB|\{LIB\})/g, `lib/${TRIPLETS[platform] ?? ''}`);
}
