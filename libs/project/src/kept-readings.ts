import { hash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDefinition, type ReadShared } from '@dockyard/definition';
import { readDockerfile } from '@dockyard/dockerfile';

/** What reads the text of a definition's files. */
export interface Readers {
  /** Reads image.yaml, and what it extends by way of `readShared`. */
  readonly readDefinition: (text: string, file: string, readShared: ReadShared) => ReturnType<typeof readDefinition>;
  readonly readDockerfile: typeof readDockerfile;
}

/** Readers that keep what they read. */
export interface KeptReadings extends Readers {
  /** Writes what was read since, and nothing else, where any of it is new. */
  save(): void;
}

/**
 * Readers that take from a file what they read before. A reading is kept under the hash of all that it follows from, so it can't be stale:
 * the text, the file's name, the options, the shared files that it extends, and the readers' own code with the packages that it uses.
 *
 * @param file absolute path of the file; where it is absent or damaged, everything is read anew
 * @param workspace absolute path of the workspace root, whose package-lock.json says which packages the readers use
 */
export function keptReadings(file: string, workspace: string): KeptReadings {
  const code = codeHash(workspace);
  const before = load(file);
  const now: Record<string, unknown> = {};
  let fresh = false;
  const keyOf = (...from: readonly unknown[]): string => hash('sha256', JSON.stringify([code, ...from]), 'base64url');
  const kept = <T>(key: string, read: () => T, isValid: (known: T) => boolean = () => true): T => {
    // It is ours: written by this code under a key that no other reader has.
    const found = (now[key] ?? before[key]) as T | undefined;
    const known = found !== undefined && isValid(found) ? found : undefined;
    fresh ||= known === undefined;
    const reading = known ?? read();
    now[key] = reading;
    return reading;
  };
  return {
    readDefinition: (text, path, readShared) =>
      kept(
        keyOf('readDefinition', text, path),
        () => withShared(readShared, (noting) => readDefinition(text, path, noting)),
        ({ shared }) => shared.every(([name, digest]) => digestOf(readShared(name)) === digest),
      ).reading,
    readDockerfile: (...from) => kept(keyOf('readDockerfile', ...from), () => readDockerfile(...from)),
    save: () => {
      if (!fresh && Object.keys(now).length === Object.keys(before).length) return;
      mkdirSync(dirname(file), { recursive: true });
      const partial = `${file}.${String(process.pid)}`;
      writeFileSync(partial, JSON.stringify(now));
      renameSync(partial, file);
    },
  };
}

/** A reading, and the files that were asked for on the way with the hash of what each held. */
interface SharedReading<T> {
  readonly reading: T;
  readonly shared: readonly (readonly [path: string, digest: string])[];
}

function withShared<T>(readShared: ReadShared, read: (noting: ReadShared) => T): SharedReading<T> {
  const shared: (readonly [string, string])[] = [];
  const reading = read((path) => {
    const text = readShared(path);
    shared.push([path, digestOf(text)]);
    return text;
  });
  return { reading, shared };
}

function digestOf(text: string | undefined): string {
  return text === undefined ? 'absent' : hash('sha256', text, 'base64url');
}

function load(file: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

function codeHash(workspace: string): string {
  const folder = dirname(fileURLToPath(import.meta.resolve('@dockyard/definition')));
  const sources = globSync('**/*.ts', { cwd: folder, exclude: ['**/*.test.ts'] })
    .sort()
    .map((path) => join(folder, path));
  const texts = [...sources, join(workspace, 'package-lock.json')].map((path) => readFileSync(path, 'utf8'));
  return hash('sha256', JSON.stringify(texts), 'base64url');
}
