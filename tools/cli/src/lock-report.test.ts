import type { PackageChange, SourceChange } from '@dockyard/sources';
import { describe, expect, it } from 'vitest';
import { lockReportTitle, renderLockReport } from './lock-report.ts';

const FILES = ['images/debian/packages/image.amd64.json', 'images/debian/packages/image.arm64.json'];
const change = (name: string, before: string | undefined, after: string | undefined, files = FILES): PackageChange => ({
  name,
  source: 'openssl',
  before,
  after,
  files,
  packages: [],
});
const raised = [
  change('libssl3t64', '1', '2'),
  change('openssl', '1', '2', ['images/node/24/packages/compile.386.json']),
];
const source = (cves: string[]): SourceChange => ({
  source: 'openssl',
  changes: raised,
  summary: { urgency: 'high', cves },
});

describe('the report of a refresh', () => {
  it('has a row for each source, and lists what came and went', () => {
    const text = renderLockReport(
      [...raised, change('new', undefined, '3'), change('old', '4', undefined)],
      [source(['CVE-2026-1000'])],
    );
    expect(text).toBe(`### Debian packages

1 source package has another version. 1 CVE is named as fixed. Each is pinned by digest, and was resolved by apt from signed package lists.

| source | packages | from | to | urgency | fixes | in |
| --- | --- | --- | --- | --- | --- | --- |
| **openssl** | \`libssl3t64\`, \`openssl\` | \`1\` | \`2\` | high | CVE-2026-1000 | debian (image: amd64, arm64); node/24 (compile: 386) |

Added:

- \`new\` 3 in debian (image: amd64, arm64)

Removed:

- \`old\` 4 in debian (image: amd64, arm64)

Urgency and CVE numbers are those that the changelogs name between the two versions.
`);
  });

  it('does not claim to know what no changelog tells', () => {
    const text = renderLockReport(raised, [{ ...source([]), summary: undefined }]);
    expect(text).toContain('| not known | not known |');
    expect(renderLockReport(raised, [source([])])).toContain('| high | no CVE named |');
  });

  it('counts what it does not write out', () => {
    const cves = Array.from({ length: 30 }, (_, i) => `CVE-2026-${String(1000 + i)}`);
    const text = renderLockReport(raised, [source(cves)]);
    expect(text).toContain('30 CVEs are named');
    expect(text).toContain('CVE-2026-1024, 5 more |');
    expect(lockReportTitle([source(cves)])).toBe('chore(packages): refresh the Debian packages (30 CVEs)');
    expect(lockReportTitle([source([])])).toBe('chore(packages): refresh the Debian packages');
  });
});
