import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { facts } from './testing/hosts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dockyard-plan-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bare: Observed = {
  ...{ facts, files: new Map(), packages: new Map(), units: new Map(), users: new Map(), firewall: 'absent' },
};

it('two who apply at once leave the file of one of them, whole, and nothing else', async () => {
  const path = join(folder, 'config.toml');
  const owner = `${String(process.getuid?.())}:${String(process.getgid?.())}`;
  const contents = ['protected', 'unprotected'].map((word) => `token = ${word}\n`.repeat(20_000));
  const scripts = contents.map((content) => {
    const [change] = plan([{ kind: 'file', area: 'runner', path, content, mode: '0600', owner: 'root:root' }], bare);
    return `set -eu\n${change?.script.replace('root:root', owner) ?? ''}`;
  });
  for (let round = 0; round < 10; round++) {
    await Promise.all(scripts.map((input) => exec({ command: 'sh', args: ['-s'], input })));
    expect(contents.includes(readFileSync(path, 'utf8'))).toBe(true);
    expect(readdirSync(folder)).toEqual(['config.toml']);
  }
});
