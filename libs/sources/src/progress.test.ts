import { describe, expect, it, vi } from 'vitest';
import { showProgress } from './progress.ts';

function run(isTTY: boolean, everyMs: number): string {
  const written: string[] = [];
  const progress = showProgress({ isTTY, columns: 200, write: (text) => written.push(text) }, { everyMs });
  const { report } = progress;
  report({ type: 'present', file: 'kept' });
  report({ type: 'failed', file: 'a', url: 'https://one.example/a', reason: 'HTTP status 503' });
  report({ type: 'pause', file: 'a', ms: 1500 });
  report({ type: 'start', file: 'a', url: 'https://two.example/a' });
  report({ type: 'progress', file: 'a', received: 1_000_000, size: 4_000_000 });
  report({ type: 'waiting', file: 'b' });
  report({ type: 'fetched', file: 'a', url: 'https://two.example/a', size: 4_000_000 });
  progress.end();
  return written.join('');
}

const SUMMARY = /sources: 1 fetched \(4\.0 MB, \d+\.\d s\), 1 from the store\n$/;

describe('showProgress', () => {
  it('writes plain lines where there is no terminal', () => {
    const text = run(false, 0);
    expect(text).toContain('a: https://one.example/a: HTTP status 503\na: trying again in 1.5 s\n');
    expect(text).toMatch(/^downloading a 1\.0 MB of 4\.0 MB; 0 done, \S+ [kM]B\/s$/m);
    expect(text).toMatch(SUMMARY);
    expect(text).not.toContain('\u001b');
  });

  it('says nothing of downloads that are quick', () => {
    expect(run(false, 60_000)).not.toContain('downloading');
  });

  it('draws bars on a terminal and removes them', () => {
    const text = run(true, 0);
    expect(text).toContain('░');
    expect(text).toContain('\u001b[1A\u001b[J');
    expect(text).toMatch(SUMMARY);
  });

  it('writes nothing when nothing happened', () => {
    const written: string[] = [];
    showProgress({ write: (text) => written.push(text) }).end();
    expect(written).toEqual([]);
  });

  it('names a few of many downloads', () => {
    const lines: string[] = [];
    const { report } = showProgress({ write: () => true, line: (text) => lines.push(text) }, { everyMs: 0 });
    for (const file of ['a', 'b', 'c', 'd', 'e']) report({ type: 'start', file, url: `https://one.example/${file}` });
    report({ type: 'progress', file: 'a', received: 2_000_000, size: undefined });
    expect(lines).toEqual([expect.stringMatching(/^downloading a 2\.0 MB, b 0\.0 kB, c 0\.0 kB, 2 more; 0 done, /)]);
  });

  it('sums up once, and counts no time but that of fetching', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const lines: string[] = [];
      const { report, end } = showProgress({ write: () => true, line: (text) => lines.push(text) });
      vi.advanceTimersByTime(60_000);
      report({ type: 'start', file: 'a', url: 'https://one.example/a' });
      vi.advanceTimersByTime(1_500);
      report({ type: 'fetched', file: 'a', url: 'https://one.example/a', size: 4_000_000 });
      vi.advanceTimersByTime(300_000);
      end();
      end();
      expect(lines).toEqual(['sources: 1 fetched (4.0 MB, 1.5 s), 0 from the store']);
    } finally {
      vi.useRealTimers();
    }
  });
});
