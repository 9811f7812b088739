import type { PlacedEntry } from './read-tar.ts';
import type { LayerEntryPlace } from './tree.ts';

/** The one extended attribute that every engine carries: file capabilities. */
const CAPABILITY = 'security.capability';

/** Attributes that a machine gives to files by itself: a security module, an integrity check, a rootless engine's notes. */
const OF_THE_MACHINE =
  /^(?:security\.(?:selinux|ima|evm|apparmor|SMACK64)|trusted\.|user\.(?:overlay|fuseoverlayfs|containers)\.)/;

/** An entry without what isn't the same everywhere, and the names of the attributes that somebody may miss. */
export interface CanonicalEntry {
  readonly entry: LayerEntryPlace;
  readonly dropped: readonly string[];
}

/**
 * Takes off an entry what engines and machines add or lose. Symbolic links have no mode of their own. Of extended attributes only file
 * capabilities are kept: BuildKit exports no others, and drops others when it copies between stages.
 */
export function canonicalEntry({ content: _, ...entry }: PlacedEntry): CanonicalEntry {
  const kept = [...entry.xattrs].filter(([name]) => name === CAPABILITY);
  return {
    entry: { ...entry, ...(entry.type === 'symlink' && { mode: 0o777 }), xattrs: new Map(kept) },
    dropped: [...entry.xattrs.keys()].filter((name) => name !== CAPABILITY && !OF_THE_MACHINE.test(name)),
  };
}
