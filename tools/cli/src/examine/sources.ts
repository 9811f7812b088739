import { mkdir } from 'node:fs/promises';
import { exec, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { defaultStore, findDebianMirrors } from '@dockyard/sources';
import { findProgram } from '../setup/facts.ts';
import type { Finding } from './finding.ts';

/** Looks for the mirrors that `debian:` URLs lead to. */
export async function debian(): Promise<Finding[]> {
  const what = 'debian: sources';
  try {
    const mirrors = await findDebianMirrors(exec);
    return [{ what, state: 'ok', found: `from ${mirrors.length} mirrors`, vital: false }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return [{ what, state: 'note', found: error.message, vital: false, ...fix }];
  }
}

/** Tries whether sources can be kept. */
export async function store(): Promise<Finding[]> {
  const what = 'source store';
  const folder = defaultStore();
  try {
    await mkdir(folder, { recursive: true });
    await withTemporaryDirectory(folder, '.doctor-', async () => undefined);
    return [{ what, state: 'ok', found: folder, vital: true }];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const fix = 'make room or give yourself the right to write there, or set DOCKYARD_STORE to another folder';
    return [{ what, state: 'missing', found, vital: true, fix }];
  }
}

/** Looks for what checks signatures. */
export async function gpg(): Promise<Finding[]> {
  const what = 'signatures (gpg)';
  if ((await findProgram('gpg')) !== undefined) return [{ what, state: 'ok', found: 'gpg', vital: false }];
  const found = 'not installed; only definitions with a signature need it';
  return [{ what, state: 'note', found, vital: false, fix: 'install gpg (apt-get install gpg)' }];
}
