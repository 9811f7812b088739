import { describe, expect, it } from 'vitest';
import { parseRun } from './nx.ts';

const run = JSON.stringify({
  run: { command: 'nx run-many', startTime: '2026-01-01T00:00:10.000Z' },
  tasks: [
    ['redis:compile:amd64', 'cache-miss', 0],
    ['redis:image:amd64', 'local-cache-hit', 0],
    ['redis:test:amd64', 'remote-cache-hit', 0],
    ['redis:image', 'cache-miss', 1],
  ].map(([taskId, cacheStatus, status]) => ({
    taskId,
    hash: '7',
    cacheStatus,
    status,
    startTime: '2026-01-01T00:00:11.000Z',
    endTime: '2026-01-01T00:00:12.500Z',
  })),
});

describe('parseRun', () => {
  it('tells for each task where its result came from', () => {
    expect(Object.fromEntries(parseRun(run, Date.parse('2026-01-01T00:00:09Z')))).toEqual({
      'redis:compile:amd64': { from: 'built', ok: true, seconds: 1.5, hash: '7' },
      'redis:image:amd64': { from: 'cache', ok: true, seconds: 1.5, hash: '7' },
      'redis:test:amd64': { from: 'remote cache', ok: true, seconds: 1.5, hash: '7' },
      'redis:image': { from: 'built', ok: false, seconds: 1.5, hash: '7' },
    });
  });

  it('takes nothing from a record that is cut off, or of another form', () => {
    for (const text of ['', run.slice(0, run.length / 2), 'null', '[]', '{"run":{},"tasks":7}'])
      expect(parseRun(text, 0).size, text).toBe(0);
  });

  it('takes nothing from an older run', () => {
    expect(parseRun(run, Date.parse('2026-01-01T00:00:11Z')).size).toBe(0);
  });
});
