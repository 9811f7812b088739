import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { labAvailability } from '@dockyard/lab';
import { WORKSPACE } from '../root.ts';
import { formatBytes } from '../text.ts';
import type { Finding } from './finding.ts';

/** Free bytes that builds like to have. */
const ROOM = 10e9;

/** Tells the versions of what runs everything. */
export async function versions(): Promise<Finding[]> {
  const nx = await readFile(join(WORKSPACE, 'node_modules', 'nx', 'package.json'), 'utf8');
  return [
    { what: 'Node', state: 'ok', found: process.versions.node, vital: true },
    { what: 'Nx', state: 'ok', found: (JSON.parse(nx) as { version: string }).version, vital: true },
  ];
}

/** Looks for room on the disk of the workspace. */
export async function disk(): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(WORKSPACE);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free`;
  if (free >= ROOM) return [{ what: 'disk', state: 'ok', found, vital: false }];
  const fix = `builds like to have ${formatBytes(ROOM)}; npx nx reset frees the cache`;
  return [{ what: 'disk', state: 'note', found, vital: false, fix }];
}

/** Asks whether the tests can make a Docker Engine of their own. */
export async function lab(): Promise<Finding[]> {
  const availability = await labAvailability();
  const what = 'lab for npm test';
  if (availability.available) return [{ what, state: 'ok', found: 'a Docker Engine can be made here', vital: false }];
  return [{ what, state: 'note', found: availability.reason, vital: false }];
}
