import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, proveEngine } from '@dockyard/engine';
import { writeFileAtomic } from '@dockyard/exec';
import { WORKSPACE } from '../root.ts';
import { containersConfFiles, findProgram, textOf } from './facts.ts';

// Gone with Nx's other state on `nx reset`.
const FILE = join(WORKSPACE, '.nx', 'workspace-data', 'engine-proof.json');

const DAY_MS = 24 * 60 * 60 * 1000;

/** Programs that containers start with. */
const PROGRAMS = [
  ...['podman', 'crun', 'runc', 'conmon', 'nft', 'iptables', 'pasta', 'slirp4netns', 'newuidmap', 'fuse-overlayfs'],
  ...['docker', '/usr/lib/podman/netavark', '/usr/lib/podman/aardvark-dns', '/dev/net/tun'],
];

/**
 * Proves an engine, unless this very engine was proved today and nothing has changed that it depends on.
 *
 * @param engine to prove
 * @throws {UserError} it can't do what builds and tests ask of it
 */
export async function proveOnce(engine: Engine): Promise<void> {
  const key = await proofKey(engine);
  if (isProof(await textOf(FILE), key, Date.now())) return;
  await proveEngine(engine);
  // Without it the proof is made again.
  await writeFileAtomic(FILE, JSON.stringify({ key, at: Date.now() })).catch(() => undefined);
}

/**
 * Whether a record is of a proof that holds.
 *
 * @param text of the record, empty where there is none
 * @param key of what is to be proved
 * @param now milliseconds since 1970
 */
export function isProof(text: string, key: string, now: number): boolean {
  try {
    const record = JSON.parse(text) as { key?: unknown; at?: unknown } | null;
    return record?.key === key && typeof record.at === 'number' && record.at <= now && now - record.at < DAY_MS;
  } catch {
    return false;
  }
}

async function proofKey({ name, version, architecture, host = '' }: Engine): Promise<string> {
  const texts = await Promise.all([
    // A restart takes modules, networks and permissions with it.
    textOf('/proc/sys/kernel/random/boot_id'),
    textOf('/etc/subuid'),
    textOf('/etc/subgid'),
    containersConfFiles(),
    ...PROGRAMS.map(stampOf),
  ]);
  const environment = ['PATH', 'XDG_RUNTIME_DIR', 'HOME', 'DOCKER_CONTEXT'].map((key) => process.env[key] ?? '');
  const all = [name, version, architecture, host, process.getuid?.() ?? -1, ...environment, ...texts];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** What changes when a program is replaced, or its permissions are. */
async function stampOf(program: string): Promise<string> {
  const path = program.startsWith('/') ? program : await findProgram(program);
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
  return found === undefined ? '' : [found.ino, found.size, found.mode, found.uid, found.mtimeMs].join(' ');
}
