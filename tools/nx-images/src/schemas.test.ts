import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

interface Schema {
  readonly description?: string;
  readonly properties: Readonly<Record<string, { readonly type?: unknown; readonly description?: string }>>;
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

const { executors } = read('executors.json') as { executors: Record<string, { schema: string }> };
const { generators } = read('generators.json') as { generators: Record<string, { schema: string }> };
const files = [...Object.entries(executors), ...Object.entries(generators)];

describe.each(files)('the help of %s', (_name, { schema }) => {
  const { description, properties } = read(schema) as Schema;

  // Where one is missing, Nx prints undefined.
  it('says what it is for, and the type and purpose of each option', () => {
    expect(description).toMatch(/\.$/);
    for (const [option, { type, description: purpose }] of Object.entries(properties)) {
      expect(type, option).toBeDefined();
      expect(purpose, option).toBeDefined();
    }
  });
});
