import { describe, expect, it } from 'vitest';
import { showProgress } from './progress.ts';

function run(isTTY: boolean, slowMs: number): string {
  const written: string[] = [];
  const progress = showProgress({ isTTY, columns: 200, write: (text) => written.push(text) }, { slowMs });
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

const SUMMARY = /sources: 1 fetched \(4\.0 MB\), 1 from the store, \d+\.\d s\n$/;

describe('showProgress', () => {
  it('writes plain lines where there is no terminal', () => {
    const text = run(false, 0);
    expect(text).toContain('a: https://one.example/a: HTTP status 503\na: trying again in 1.5 s\n');
    expect(text).toContain('downloading a (4.0 MB) from https://two.example/a\n');
    expect(text).toMatch(SUMMARY);
    expect(text).not.toContain('\u001b');
  });

  it('says nothing of a download that is quick', () => {
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
});
