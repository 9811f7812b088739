import type { Issue, MergeRequest, Project } from './project.ts';

/** A request to the API below `/api/v4`. */
export interface Request {
  readonly method: string;
  /** Decoded parts of the path behind `projects/<project>`, or behind the root. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const NOT_FOUND: Answer = { status: 404, body: { message: '404 Not Found' } };
const ok = (body: unknown): Answer => ({ status: 200, body });
const created = (body: unknown): Answer => ({ status: 201, body });

/**
 * Answers what is asked of a project: the part of GitLab's REST API that Renovate uses.
 *
 * @param project its state, which requests change
 * @param request with the path behind `projects/<project>`
 * @see https://docs.gitlab.com/api/rest/
 */
export async function answerProject(project: Project, request: Request): Promise<Answer> {
  await project.refresh();
  const { method, path } = request;
  const [collection, ...rest] = path;
  switch (collection) {
    case 'merge_requests':
      return answerMergeRequests(project, { ...request, path: rest });
    case 'issues':
      return answerIssues(project, { ...request, path: rest });
    case 'statuses':
      if (method !== 'POST') return NOT_FOUND;
      project.setStatus(rest[0] ?? '', {
        name: text(request.body['context']),
        status: text(request.body['state']),
        description: text(request.body['description']),
      });
      return created({});
    case 'repository': {
      const [kind, sha = '', of] = rest;
      if (kind === 'files') {
        const content = await project.read(request.query.get('ref') ?? 'HEAD', sha);
        return content === undefined ? NOT_FOUND : ok({ content: Buffer.from(content).toString('base64') });
      }
      if (kind !== 'commits') return NOT_FOUND;
      return of === 'statuses' ? ok(project.statuses(sha)) : ok({ id: sha, last_pipeline: { id: 1 } });
    }
    default:
      return NOT_FOUND;
  }
}

async function answerMergeRequests(project: Project, { method, path, query, body }: Request): Promise<Answer> {
  const [iid, action, note] = path;
  if (iid === undefined) {
    if (method === 'POST') {
      const request = await project.open({
        sourceBranch: text(body['source_branch']),
        targetBranch: text(body['target_branch']),
        title: text(body['title']),
        description: text(body['description']),
        labels: names(body['labels']),
      });
      return created(shown(request));
    }
    const [branch, state, since] = ['source_branch', 'state', 'updated_after'].map((name) => query.get(name));
    const found = project.mergeRequests
      .filter((one) => branch == null || one.sourceBranch === branch)
      .filter((one) => state == null || one.state === state)
      .filter((one) => since == null || one.updatedAt >= since)
      .sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
    return ok(found.map(shown));
  }
  const request = project.mergeRequests.find((one) => one.iid === Number(iid));
  if (request === undefined) return NOT_FOUND;
  if (action === 'merge') {
    const answer = await project.merge(request);
    if (answer === 'merged') return ok(shown(request));
    return { status: answer === 'conflict' ? 406 : 405, body: { message: answer } };
  }
  if (action === 'notes') return answerNotes(request, method, note, text(body['body']));
  if (method === 'PUT') {
    request.title = text(body['title'], request.title);
    request.description = text(body['description'], request.description);
    if (body['state_event'] === 'close') request.state = 'closed';
    if (body['state_event'] === 'reopen') request.state = 'opened';
    const removed = names(body['remove_labels']);
    const labels = body['labels'] === undefined ? request.labels : names(body['labels']);
    request.labels = [...new Set([...labels, ...names(body['add_labels'])])].filter((name) => !removed.includes(name));
    project.touch(request);
  }
  return ok(shown(request));
}

function answerNotes(request: MergeRequest, method: string, id: string | undefined, body: string): Answer {
  if (id === undefined) {
    if (method !== 'POST') return ok(request.notes);
    const note = { id: (request.notes.at(-1)?.id ?? 0) + 1, body };
    request.notes.push(note);
    return created(note);
  }
  const index = request.notes.findIndex((one) => one.id === Number(id));
  const note = request.notes[index];
  if (note === undefined) return NOT_FOUND;
  if (method === 'DELETE') request.notes.splice(index, 1);
  else note.body = body;
  return ok(note);
}

function answerIssues(project: Project, { method, path, body }: Request): Answer {
  const [iid] = path;
  if (iid === undefined) {
    if (method !== 'POST') return ok(project.issues.filter(({ state }) => state === 'opened'));
    const issue: Issue = {
      iid: project.issues.length + 1,
      title: text(body['title']),
      description: text(body['description']),
      state: 'opened',
    };
    project.issues.push(issue);
    return created(issue);
  }
  const issue = project.issues.find((one) => one.iid === Number(iid));
  if (issue === undefined) return NOT_FOUND;
  if (method === 'PUT') {
    issue.title = text(body['title'], issue.title);
    issue.description = text(body['description'], issue.description);
    if (body['state_event'] === 'close') issue.state = 'closed';
  }
  return ok(issue);
}

function shown(request: MergeRequest): object {
  const { iid, title, description, state, labels, sha } = request;
  return {
    iid,
    title,
    description,
    state,
    labels,
    sha,
    source_branch: request.sourceBranch,
    target_branch: request.targetBranch,
    created_at: request.createdAt,
    updated_at: request.updatedAt,
  };
}

function text(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}

function names(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((name) => typeof name === 'string');
  return text(value)
    .split(',')
    .filter((name) => name !== '');
}
