import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Who works in a folder: a process is known by its number only within one start of one machine, and one namespace of processes. */
interface Owner {
  readonly host: string;
  readonly boot: string;
  readonly namespace: string;
  readonly pid: number;
}

const OWNER = 'owner.json';
/** Milliseconds after which a folder of which nobody can tell whose it is was left behind: no build takes that long. */
const LEFT = 7 * 24 * 60 * 60 * 1000;

/**
 * Gives a function a fresh folder and removes it afterwards, and with it those that processes have left which were killed.
 *
 * @param parent where the folder is made (made itself when missing); everything in it is made by this function
 * @param prefix start of its name
 * @param fn what uses it
 * @returns what `fn` returned
 */
export async function withOwnedDirectory<T>(
  parent: string,
  prefix: string,
  fn: (dir: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const us = await ourselves();
  await sweep(parent, us);
  const folder = await mkdtemp(join(parent, prefix));
  try {
    await writeFile(join(folder, OWNER), JSON.stringify(us));
    const dir = join(folder, 'work');
    await mkdir(dir);
    return await fn(dir);
  } finally {
    await remove(folder);
  }
}

async function sweep(parent: string, us: Owner): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    if (!(await isLeft(folder, us))) continue;
    // At once gone for others who sweep.
    const gone = `${folder}.gone`;
    if (name.endsWith('.gone')) await remove(folder);
    else if (
      await rename(folder, gone).then(
        () => true,
        () => false,
      )
    )
      await remove(gone);
  }
}

async function isLeft(folder: string, us: Owner): Promise<boolean> {
  const made = await stat(folder).catch(() => undefined);
  if (made === undefined) return false;
  const owner = await ownerOf(folder);
  if (owner?.host === us.host) {
    if (owner.boot !== us.boot) return true;
    if (owner.namespace === us.namespace) return !isAlive(owner.pid);
  }
  return Date.now() - made.mtimeMs > LEFT;
}

async function ourselves(): Promise<Owner> {
  const read = (path: string): Promise<string> =>
    readFile(path, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  return {
    host: hostname(),
    boot: await read('/proc/sys/kernel/random/boot_id'),
    namespace: await readlink('/proc/self/ns/pid').catch(() => ''),
    pid: process.pid,
  };
}

/** Undefined where it is just being made, is none of ours, or was cut off when the machine went down. */
async function ownerOf(folder: string): Promise<Owner | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(join(folder, OWNER), 'utf8'));
    if (typeof found !== 'object' || found === null) return undefined;
    const { host, boot, namespace, pid } = found as Partial<Record<keyof Owner, unknown>>;
    return typeof host === 'string' && typeof boot === 'string' && typeof namespace === 'string' && isPid(pid)
      ? { host, boot, namespace, pid }
      : undefined;
  } catch {
    return undefined;
  }
}

function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
