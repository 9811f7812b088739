import { expect, it } from 'vitest';
import { sizesPage } from './sizes-page.ts';

const result = (project: string, alternative: string, size: number, ratios: Readonly<Record<string, number>> = {}) => ({
  ...{ benchmark: 'sizes', alternative, unit: 'bytes' as const, samples: [size], min: size, median: size, max: size },
  parameters: { project, version: '1.0', platform: 'linux/amd64', packages: `${project}-server` },
  ratios: Object.entries(ratios).map(([to, ratio]) => ({ to, min: ratio, median: ratio, max: ratio })),
  goals: [],
});

it('compares each image with what there is', () => {
  const results = [
    result('boat', 'image', 30e6, { package: 0.75, 'single stage': 0.1 }),
    result('boat', 'package', 40e6),
    result('boat', 'single stage', 300e6),
    result('raft', 'image', 10e6, { package: 1.25 }),
    result('raft', 'package', 8e6),
  ];
  const lines = (sizesPage({ results }, { raft: 'it carries a sail' }) ?? '').split('\n');
  expect(lines).toContain('| boat 1.0 | 30 MB | 40 MB (× 0.75) | `boat-server` | 300 MB (× 0.10) |');
  expect(lines).toContain('| raft 1.0 | 10 MB | 8 MB (× 1.25) | `raft-server` | – |');
  expect(lines.filter((line) => line.startsWith('- ')).at(-1)).toBe('- raft: it carries a sail.');
  expect(() => sizesPage({ results }, {})).toThrow("raft is larger than Debian's package, and nothing says why");
});

it('is no page where nothing was measured', () => {
  expect(sizesPage({ results: [] }, {})).toBeUndefined();
});
