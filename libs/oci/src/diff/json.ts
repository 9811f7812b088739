import { isObject } from '../parse.ts';
import type { FieldDifference } from './types.ts';

/**
 * Where two JSON documents differ.
 *
 * @param first parsed JSON
 * @param second parsed JSON
 * @param path of both in their documents; '' is the root
 * @returns one entry for each value that differs or is only in one: its JSON path (`config.Env[2]`,
 *   `annotations["org.opencontainers.image.created"]`), the values as JSON
 */
export function jsonDifferences(first: unknown, second: unknown, path = ''): FieldDifference[] {
  if (Array.isArray(first) && Array.isArray(second)) {
    const longer = first.length > second.length ? first : second;
    return longer.flatMap((_, at) => jsonDifferences(first[at], second[at], `${path}[${String(at)}]`));
  }
  if (isObject(first) && isObject(second)) {
    const keys = new Set([...Object.keys(first), ...Object.keys(second)]);
    return [...keys].flatMap((key) => jsonDifferences(first[key], second[key], member(path, key)));
  }
  // JSON has no undefined: it stands for what isn't there.
  const one = first === undefined ? undefined : JSON.stringify(first);
  const other = second === undefined ? undefined : JSON.stringify(second);
  if (one === other) return [];
  return [
    { field: path, ...(one === undefined ? {} : { first: one }), ...(other === undefined ? {} : { second: other }) },
  ];
}

function member(path: string, key: string): string {
  if (!/^\w+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
