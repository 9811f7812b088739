import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type DebFile, openDeb } from './deb-file.ts';
import { compareVersions } from './debian-version.ts';

/** What a changelog says of the versions between two. */
export interface ChangelogSummary {
  /** The highest of theirs: low, medium, high, emergency or critical. */
  readonly urgency: string;
  /** CVE numbers that they mention, each once, in order. */
  readonly cves: readonly string[];
}

const URGENCIES = ['low', 'medium', 'high', 'emergency', 'critical'];
const HEADER = /^\S+ \(([^)\s]+)\) [^;]+;.*\burgency=([A-Za-z]+)/i;

/**
 * Sums up the entries of a Debian changelog (Debian Policy 4.4) that came after a version.
 *
 * @param changelog newest entry first
 * @param after the version that was there before; undefined for the newest entry only
 * @returns undefined where no entry is newer
 */
export function summarizeChangelog(changelog: string, after: string | undefined): ChangelogSummary | undefined {
  let urgency = -1;
  const cves = new Set<string>();
  let entries = 0;
  for (const line of changelog.split('\n')) {
    const [, version, named = ''] = HEADER.exec(line) ?? [];
    if (version !== undefined) {
      if (after === undefined ? entries > 0 : compareVersions(version, after) <= 0) break;
      entries += 1;
      urgency = Math.max(urgency, URGENCIES.indexOf(named.toLowerCase()));
    }
    if (entries > 0) for (const [cve] of line.matchAll(/CVE-\d{4}-\d{4,}/g)) cves.add(cve);
  }
  if (entries === 0) return undefined;
  return { urgency: URGENCIES[urgency] ?? 'unknown', cves: [...cves].sort(byNumber) };
}

/**
 * Reads what a package's own changelog says of the versions since another.
 *
 * @param file path of the newer .deb
 * @param before version of the older one
 * @returns undefined where the package has no changelog of its own (several of one source share it) or it has no newer entry
 * @throws {UserError} it isn't a .deb that can be read
 */
export async function readChanges(file: string, before: string): Promise<ChangelogSummary | undefined> {
  const deb = await openDeb(file);
  const { control } = deb;
  const changelog = await readChangelog(deb, control.field('Package') ?? '');
  if (changelog === undefined) return undefined;
  // Entries are named by the source's version. Where that counts otherwise than the package's, how far back is not known.
  const source = /\((.+)\)/.exec(control.field('Source') ?? '')?.[1];
  const version = withoutRebuild(control.field('Version') ?? '');
  return summarizeChangelog(changelog, source === undefined || source === version ? withoutRebuild(before) : undefined);
}

/** A rebuild without a change of the source has `+b1` behind its version. */
function withoutRebuild(version: string): string {
  return version.replace(/\+b\d+$/, '');
}

async function readChangelog(deb: DebFile, name: string): Promise<string | undefined> {
  // Where upstream is Debian itself there is one without `Debian`.
  const names = ['changelog.Debian.gz', 'changelog.gz'].map((file) => `usr/share/doc/${name}/${file}`);
  let found: Buffer | undefined;
  for await (const { header, content } of deb.entries()) {
    const path = header.name.replace(/^\.\//, '');
    if (header.type !== 'file' || !names.includes(path) || (found !== undefined && path !== names[0])) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found = Buffer.concat(chunks);
  }
  return found === undefined ? undefined : (await promisify(gunzip)(found)).toString();
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
