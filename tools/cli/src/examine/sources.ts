import { mkdir } from 'node:fs/promises';
import { UserError, withTemporaryDirectory } from '@dockyard/exec';
import { defaultStore, type ReachedMirror, reachMirrors } from '@dockyard/sources';
import { findProgram } from '../setup/facts.ts';
import type { Finding } from './finding.ts';

/** Looks for the mirrors that `debian:` URLs lead to. */
export async function debian(): Promise<Finding[]> {
  try {
    return (await reachMirrors()).map(finding);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return [{ what: 'Debian mirrors', state: 'note', found: error.message, vital: false, ...fix }];
  }
}

function finding({ archive, uri, failures }: ReachedMirror): Finding {
  const what = archive === 'main' ? 'Debian mirror' : 'Debian mirror (security)';
  if (uri !== undefined) return { what, state: 'ok', found: uri, vital: false };
  const reasons = [...failures].map(([failed, reason]) => `${failed}: ${reason}`);
  return {
    what,
    state: 'note',
    found: `none answers; only what was fetched before can be built (${reasons.join('; ')})`,
    fix: 'check the network, or name a mirror that can be reached: DOCKYARD_DEBIAN_MIRROR',
    vital: false,
  };
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
