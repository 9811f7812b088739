import { hash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDefinition, readDockerfile } from '@dockyard/definition';

/** What reads the text of a definition's files. */
export interface Readers {
  readonly readDefinition: typeof readDefinition;
  readonly readDockerfile: typeof readDockerfile;
}

/** Readers that keep what they read. */
export interface KeptReadings extends Readers {
  /** Writes what was read since, and nothing else, where any of it is new. */
  save(): void;
}

/**
 * Readers that take from a file what they read before. A reading is kept under the hash of all that it follows from, so it can't be stale:
 * the text, the file's name, the options, and the readers' own code with the packages that it uses.
 *
 * @param file absolute path of the file; where it is absent or damaged, everything is read anew
 * @param workspace absolute path of the workspace root, whose package-lock.json says which packages the readers use
 */
export function keptReadings(file: string, workspace: string): KeptReadings {
  const code = codeHash(workspace);
  const before = load(file);
  const now: Record<string, unknown> = {};
  let fresh = false;
  const kept = <Args extends readonly unknown[], T>(read: (...args: Args) => T): ((...args: Args) => T) => {
    return (...args) => {
      const key = hash('sha256', JSON.stringify([code, read.name, ...args]), 'base64url');
      // It is ours: written by this code under a key that no other reader has.
      const known = (now[key] ?? before[key]) as T | undefined;
      fresh ||= known === undefined;
      const reading = known ?? read(...args);
      now[key] = reading;
      return reading;
    };
  };
  return {
    readDefinition: kept(readDefinition),
    readDockerfile: kept(readDockerfile),
    save: () => {
      if (!fresh && Object.keys(now).length === Object.keys(before).length) return;
      mkdirSync(dirname(file), { recursive: true });
      const partial = `${file}.${String(process.pid)}`;
      writeFileSync(partial, JSON.stringify(now));
      renameSync(partial, file);
    },
  };
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
