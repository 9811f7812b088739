import { readFileSync } from 'node:fs';
import type { TestRecord } from '@dockyard/build';
import type { FileChanges, LayerChanges } from '@dockyard/oci';
import { describe, expect, it } from 'vitest';
import { renderDetails } from './details.ts';
import { outcomeOf, type TestOutcome } from './tests.ts';

const bytes = (value: number): string => `${String(value)} B`;
const report = readFileSync(new URL('../testing/junit.xml', import.meta.url), 'utf8');
const DIGEST = 'sha256:b75dc5fd870e7fd45125523422bedf806ae86faf64bde50141eac4668e976c90';
const record = (over: Partial<TestRecord> = {}): TestRecord => ({
  schemaVersion: 1,
  digest: DIGEST,
  files: ['images/redis/redis.test.ts'],
  ...over,
});

describe('the outcome of a test', () => {
  it.each<[string, TestRecord | undefined, string | undefined, TestOutcome]>([
    ['passed with a report', record(), report, { kind: 'passed', tests: 5, skipped: 0 }],
    [
      'passed with tests skipped',
      record(),
      report.replaceAll('skipped="0"', 'skipped="2"'),
      { kind: 'passed', tests: 3, skipped: 2 },
    ],
    ['passed without a report', record(), undefined, { kind: 'passed' }],
    ['has no tests', record({ files: [] }), undefined, { kind: 'passed', tests: 0 }],
    ['was of another digest', record({ digest: 'sha256:0' }), report, { kind: 'not tested' }],
    ['failed', undefined, report.replaceAll('failures="0"', 'failures="2"'), { kind: 'failed', tests: 5, failed: 2 }],
    ['passed, but no record says of what', undefined, report, { kind: 'not tested' }],
    ['left nothing', undefined, undefined, { kind: 'not tested' }],
  ])('that %s', (_, recorded, reported, expected) => {
    expect(outcomeOf(DIGEST, recorded, reported)).toEqual(expected);
  });
});

describe('the details of a summary', () => {
  const layers: LayerChanges = { count: 2, kept: 1, changed: 1, added: 0, removed: 0, bytes: 7 };
  const none: FileChanges = { added: [], removed: [], changed: [] };
  const causes = (...platforms: string[]) => [{ project: 'a', changes: ['`x`'], parents: [], platforms }];
  const one = (outcome: TestOutcome, files?: FileChanges | string): string =>
    renderDetails(
      {
        causes: causes('linux/amd64'),
        tests: { a: { 'linux/amd64': outcome } },
        ...(files !== undefined && { compared: { a: { 'linux/amd64': { layers, files } } } }),
      },
      bytes,
    );
  const rows = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('| **'));

  it.each<[TestOutcome, string]>([
    [{ kind: 'passed', tests: 5, skipped: 0 }, '5 passed'],
    [{ kind: 'passed', tests: 3, skipped: 2 }, '3 passed, 2 skipped'],
    [{ kind: 'passed', tests: 0 }, 'has none'],
    [{ kind: 'passed' }, 'passed'],
    [{ kind: 'failed', tests: 5, failed: 2 }, '2 of 5 failed'],
    [{ kind: 'not tested' }, 'not tested'],
  ])('say of the tests %j', (outcome, expected) => {
    expect(rows(one(outcome))).toEqual([`| **a** | \`linux/amd64\` | ${expected} |`]);
  });

  it.each<[FileChanges | string, string]>([
    [none, 'the same'],
    [{ ...none, added: ['x', 'y'], changed: ['z'] }, '2 added, 1 changed'],
    ['GET blob: HTTP status 500\n  more', 'not compared: GET blob: HTTP status 500'],
  ])('say of the files %j', (files, expected) => {
    expect(rows(one({ kind: 'passed' }, files))).toEqual([
      `| **a** | \`linux/amd64\` | passed | 1 of 2 kept, 1 changed, 7 B to pull | ${expected} |`,
    ]);
  });

  it('list the first twenty paths of a kind, and nothing that a path could put into the note', () => {
    const added = Array.from({ length: 23 }, (_, at) => `usr/${String(at)}`);
    const text = one({ kind: 'passed' }, { ...none, added, removed: ['a`</details>\n# x'] });
    expect(text.match(/^- `usr\//gm)).toHaveLength(20);
    expect(text).toContain('- … and 3 more');
    expect(text).toContain("- `a'</details>\ufffd# x`");
  });

  it('list what is the same on several platforms once', () => {
    const files = { ...none, added: ['x'] };
    const text = renderDetails(
      {
        causes: causes('linux/amd64', 'linux/arm64', 'linux/s390x'),
        tests: { a: { 'linux/amd64': { kind: 'passed' }, 'linux/arm64': { kind: 'passed' } } },
        compared: { a: { 'linux/amd64': { layers, files }, 'linux/arm64': { layers, files } } },
      },
      bytes,
    );
    expect(rows(text)).toHaveLength(2);
    expect(text.match(/<summary>.*<\/summary>/g)).toEqual(['<summary>Files of a, linux/amd64, linux/arm64</summary>']);
  });

  it('say that an image is published nowhere yet, and nothing where nothing is built', () => {
    const tests = { a: { 'linux/amd64': { kind: 'passed' } } } as const;
    expect(rows(renderDetails({ causes: causes('linux/amd64'), tests, compared: {} }, bytes))).toEqual([
      '| **a** | `linux/amd64` | passed | not published yet |  |',
    ]);
    expect(renderDetails({ causes: causes('linux/amd64'), tests: {}, compared: {} }, bytes)).toBe('');
  });
});
