import { posix } from 'node:path';

/** The release line that a folder or file belongs to, `8.4` of `8.4-fpm`; undefined where it begins with no number. */
export function linePrefix(name: string): string | undefined {
  return /^(\d+(?:\.\d+)*)(?:-|$)/.exec(name)?.[1];
}

/** Orders release lines, the oldest first. */
export function compareLines(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** Whether what lies in an image's folder is one line's: `8.4`, `8.4-fpm`, `8.4.yaml`, `8.4-fpm.yaml`. */
export function isPartOf(name: string, line: string): boolean {
  return linePrefix(name.replace(/\.yaml$/, '')) === line;
}

/** The path of a line's file in another line. */
export function inNewLine(path: string, folder: string, from: string, to: string): string {
  const [name = '', ...rest] = posix.relative(folder, path).split('/');
  return posix.join(folder, to + name.slice(from.length), ...rest);
}
