import type { Repository } from './repository.ts';

export interface MergeRequest {
  readonly iid: number;
  readonly sourceBranch: string;
  readonly targetBranch: string;
  title: string;
  description: string;
  labels: readonly string[];
  state: 'opened' | 'closed' | 'merged';
  /** The commit that was merged, or the newest of the branch. */
  sha: string | undefined;
  readonly notes: Note[];
  readonly createdAt: string;
  updatedAt: string;
}

export interface Note {
  readonly id: number;
  body: string;
}

export interface Issue {
  readonly iid: number;
  title: string;
  description: string;
  state: 'opened' | 'closed';
}

export interface Status {
  readonly name: string;
  readonly status: string;
  readonly description: string;
}

/** What a merge came to: GitLab's answer 405 where pipelines must succeed, 406 at a conflict. */
export type MergeAnswer = 'merged' | 'not allowed' | 'conflict' | 'not open';

/** The state of one project. Its merge checks are those of docs/renovate.md: pipelines must succeed. */
export class Project {
  readonly mergeRequests: MergeRequest[] = [];
  readonly issues: Issue[] = [];
  readonly #statuses = new Map<string, Status[]>();
  readonly #repository: Repository;
  readonly defaultBranch: string;
  #time = 0;

  constructor(repository: Repository, defaultBranch: string) {
    this.#repository = repository;
    this.defaultBranch = defaultBranch;
  }

  /** Brings the commits of open merge requests up to date with what was pushed. */
  async refresh(): Promise<void> {
    for (const request of this.mergeRequests) {
      if (request.state !== 'opened') continue;
      const sha = await this.#repository.commitOf(request.sourceBranch);
      if (sha !== request.sha) this.touch(request);
      request.sha = sha;
    }
  }

  /** @returns what a file holds; undefined where it isn't there */
  read(revision: string, file: string): Promise<string | undefined> {
    return this.#repository.read(revision, file);
  }

  statuses(sha: string): readonly Status[] {
    return this.#statuses.get(sha) ?? [];
  }

  /** A status of the same name takes the place of an older one. */
  setStatus(sha: string, status: Status): void {
    this.#statuses.set(sha, [...this.statuses(sha).filter(({ name }) => name !== status.name), status]);
  }

  async open(fields: Pick<MergeRequest, 'sourceBranch' | 'targetBranch' | 'title' | 'description' | 'labels'>) {
    const now = this.#now();
    const request: MergeRequest = {
      ...fields,
      iid: this.mergeRequests.length + 1,
      state: 'opened',
      sha: await this.#repository.commitOf(fields.sourceBranch),
      notes: [],
      createdAt: now,
      updatedAt: now,
    };
    this.mergeRequests.push(request);
    return request;
  }

  /** Notes that a merge request changed: clients ask for those that did since they asked last. */
  touch(request: MergeRequest): void {
    request.updatedAt = this.#now();
  }

  async merge(request: MergeRequest): Promise<MergeAnswer> {
    if (request.state !== 'opened' || request.sha === undefined) return 'not open';
    const statuses = this.statuses(request.sha);
    if (statuses.length === 0 || statuses.some(({ status }) => status !== 'success')) return 'not allowed';
    const message = `Merge branch '${request.sourceBranch}' into '${request.targetBranch}'`;
    if ((await this.#repository.merge(request.sourceBranch, request.targetBranch, message)) === undefined)
      return 'conflict';
    request.state = 'merged';
    this.touch(request);
    await this.#repository.remove(request.sourceBranch);
    return 'merged';
  }

  /** Seconds apart, so that clients can tell which is newer. */
  #now(): string {
    this.#time += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.#time * 1000).toISOString().replace('.000Z', '.001Z');
  }
}
