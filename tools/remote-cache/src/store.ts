import { rm } from 'node:fs/promises';
import {
  type Client,
  pullArtifact,
  pushArtifact,
  RegistryError,
  type RepositoryName,
  repositoryText,
} from '@dockyard/registry';
import type { Descriptor, Digest } from '@dockyard/oci';
import { type Access, type Namespace, PROTECTED } from './access.ts';
import { type EntryDescription, readEntry } from './read-entry.ts';
import { cacheTag, dayOf, parseCacheTag } from './tags.ts';
import { type BuiltTask, newestTimes, timeTag } from './times.ts';

const ENTRY = 'application/vnd.dockyard.nx-cache.v1';
const CONTENT = 'application/vnd.dockyard.nx-cache.content.v1.tar+gzip';
const HASH = 'dev.dockyard.nx.hash';

/** Milliseconds for which a registry that failed isn't asked again. */
const REST = 60_000;
/** Days after which the use of an entry is noted again. */
const NOTE_EVERY = 7;
/** Durations that are noted at once. */
const NOTES_AT_ONCE = 8;

/** What {@link CacheStore} counts. */
export interface CacheCounts {
  hits: number;
  misses: number;
  written: number;
  bytesRead: number;
  bytesWritten: number;
}

/**
 * Entries of Nx's cache as OCI artifacts in a registry. Nothing here throws for what a registry does: an entry that can't be had is a miss,
 * one that can't be kept isn't kept, and a line says why, once.
 */
export class CacheStore {
  readonly counts: CacheCounts = { hits: 0, misses: 0, written: 0, bytesRead: 0, bytesWritten: 0 };
  readonly #client: Client;
  readonly #access: Access;
  readonly #commit: string | undefined;
  readonly #warn: (line: string) => void;
  readonly #warned = new Set<string>();
  readonly #tags = new Map<string, Promise<string[]>>();
  /** Entries that are there and can't be used, as `<repository>:<tag>`: the next of their task replaces them. */
  readonly #broken = new Set<string>();
  #restsUntil = 0;
  #readOnly = false;

  /**
   * @param o.commit that is built, for annotations
   * @param o.warn takes a line about what doesn't work, each once
   */
  constructor(o: { client: Client; access: Access; commit?: string; warn: (line: string) => void }) {
    this.#client = o.client;
    this.#access = o.access;
    this.#commit = o.commit;
    this.#warn = o.warn;
  }

  /**
   * Fetches an entry, verified and read through: what Nx couldn't use is a miss.
   *
   * @param path absolute path of the file to write
   * @returns its size in bytes; undefined: a miss
   */
  async fetch(hash: string, path: string): Promise<number | undefined> {
    for (const namespace of this.#access.read) {
      const size = await this.#attempt('read', () => this.#fetch(namespace, hash, path));
      if (size === undefined) continue;
      this.counts.hits += 1;
      this.counts.bytesRead += size;
      return size;
    }
    this.counts.misses += 1;
    return undefined;
  }

  async #fetch(namespace: Namespace, hash: string, path: string): Promise<number | undefined> {
    const { repository, name } = namespace;
    const tag = cacheTag({ namespace: name, hash });
    const entry = await pullArtifact(this.#client, repository, tag, ENTRY);
    if (entry === undefined) return undefined;
    const reference = `${repositoryText(repository)}:${tag}`;
    const [content] = entry.layers;
    // The digest proves the bytes, and this that they are of this task: a tag can be moved.
    if (entry.annotations[HASH] !== hash || content?.mediaType !== CONTENT) {
      this.#refuse(reference, 'is not what its tag says');
      return undefined;
    }
    try {
      await this.#client.pullBlob(repository, content, path);
    } catch (error) {
      if (error instanceof RegistryError && !error.transient) this.#broken.add(reference);
      throw error;
    }
    const reading = await readEntry(path);
    if (!reading.ok) {
      await rm(path, { force: true });
      this.#refuse(reference, reading.why);
      return undefined;
    }
    if (this.#access.write?.name === name && !this.#readOnly)
      await this.#noteUse(namespace, hash, entry.digest).catch(() => undefined);
    return content.size;
  }

  /**
   * Keeps an entry, unless there is one that can be used.
   *
   * @param path absolute path of its bytes, which {@link readEntry} takes for an entry
   * @returns whether it is in the cache now because of us
   */
  async keep(
    hash: string,
    path: string,
    content: { digest: Digest; size: number },
    of?: EntryDescription,
  ): Promise<boolean> {
    const namespace = this.#access.write;
    if (namespace === undefined || this.#readOnly) return false;
    const kept = await this.#attempt('written', async () => {
      const { repository, name } = namespace;
      const tag = cacheTag({ namespace: name, hash });
      const isBroken = this.#broken.has(`${repositoryText(repository)}:${tag}`);
      if (!isBroken && (await this.#client.findManifest(repository, tag)) !== undefined) return false;
      const layer: Descriptor = { mediaType: CONTENT, ...content };
      await this.#client.pushBlob(repository, layer, path);
      const entry = {
        artifactType: ENTRY,
        annotations: {
          [HASH]: hash,
          ...(of !== undefined && { 'dev.dockyard.project': of.project, 'dev.dockyard.target': of.target }),
          ...(of?.arch !== undefined && { 'dev.dockyard.arch': of.arch }),
          ...(this.#commit !== undefined && { 'org.opencontainers.image.revision': this.#commit }),
          'org.opencontainers.image.title': of === undefined ? hash : `${of.project}:${of.target}`,
        },
        layers: [layer],
      };
      await pushArtifact(
        this.#client,
        repository,
        cacheTag({ namespace: name, hash, used: dayOf(this.#client.now(repository)) }),
        entry,
      );
      await pushArtifact(this.#client, repository, tag, entry);
      return true;
    });
    if (kept !== true) return false;
    this.counts.written += 1;
    this.counts.bytesWritten += content.size;
    return true;
  }

  /**
   * Notes how long tasks took, for those who plan pipelines: only what protected refs build, since all plans go by it.
   *
   * @param tasks that were built; one without an entry is left out
   */
  async noteTimes(tasks: readonly BuiltTask[]): Promise<void> {
    const namespace = this.#access.write;
    if (namespace?.name !== PROTECTED || this.#readOnly) return;
    for (let at = 0; at < tasks.length; at += NOTES_AT_ONCE) {
      await Promise.all(
        tasks
          .slice(at, at + NOTES_AT_ONCE)
          .map((task) => this.#attempt('written', () => this.#noteTime(namespace, task))),
      );
    }
  }

  /**
   * Reads how long tasks took last on protected refs.
   *
   * @returns seconds by task id; nothing where the registry doesn't tell
   */
  async times(): Promise<Record<string, number>> {
    const namespace = this.#access.read.find(({ name }) => name === PROTECTED);
    if (namespace === undefined) return {};
    return (
      (await this.#attempt('read', async () => newestTimes(await this.#listed(namespace.repository), PROTECTED))) ?? {}
    );
  }

  async #noteTime({ repository, name: namespace }: Namespace, task: BuiltTask): Promise<undefined> {
    const entry = { namespace, hash: task.hash };
    const manifest = await this.#client.pullManifest(repository, cacheTag(entry));
    const tag = timeTag(entry, task, Math.floor(this.#client.now(repository) / 1000));
    if (manifest === undefined || tag === undefined) return;
    await this.#client.pushManifest(repository, tag, manifest.descriptor.mediaType, manifest.bytes);
  }

  /** Days of use are tags too: registries don't tell when something was read last. */
  async #noteUse({ repository, name }: Namespace, hash: string, digest: Digest): Promise<void> {
    const today = dayOf(this.#client.now(repository));
    const tags = await this.#listed(repository);
    const recent = tags.some((tag) => {
      const parsed = parseCacheTag(tag);
      return parsed?.namespace === name && parsed.hash === hash && today - (parsed.used ?? 0) < NOTE_EVERY;
    });
    if (recent) return;
    const manifest = await this.#client.pullManifest(repository, digest);
    if (manifest === undefined) return;
    const tag = cacheTag({ namespace: name, hash, used: today });
    await this.#client.pushManifest(repository, tag, manifest.descriptor.mediaType, manifest.bytes);
  }

  #listed(repository: RepositoryName): Promise<string[]> {
    const key = repositoryText(repository);
    const listed = this.#tags.get(key) ?? this.#client.tags(repository);
    this.#tags.set(key, listed);
    return listed;
  }

  async #attempt<T>(what: 'read' | 'written', fn: () => Promise<T | undefined>): Promise<T | undefined> {
    if (Date.now() < this.#restsUntil) return undefined;
    try {
      return await fn();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof RegistryError && error.transient) this.#restsUntil = Date.now() + REST;
      const refused = error instanceof RegistryError && (error.status === 401 || error.status === 403);
      if (refused && what === 'written') this.#readOnly = true;
      this.#say(`nothing is ${what === 'read' ? 'read from' : 'written to'} the cache: ${message}`);
      return undefined;
    }
  }

  #refuse(reference: string, why: string): void {
    this.#broken.add(reference);
    this.#say(`${reference} ${why}: it is left alone, and the task is run`);
  }

  /** Says once that what Nx handed over is not kept. */
  refused(why: string): void {
    this.#say(`the outputs of a task are not kept: their entry ${why}`);
  }

  #say(line: string): void {
    if (this.#warned.has(line)) return;
    this.#warned.add(line);
    this.#warn(line);
  }
}
