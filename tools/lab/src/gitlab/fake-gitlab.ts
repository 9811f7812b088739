import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { type Issue, type MergeAnswer, type MergeRequest, Project, type Status } from './project.ts';
import { openRepository } from './repository.ts';
import { type Answer, answerProject } from './routes.ts';

export interface FakeGitlabOptions {
  /** Absolute path of a bare repository with a branch `main`. */
  readonly repository: string;
}

/** A GitLab with one project, as far as Renovate can tell. */
export interface FakeGitlab {
  /** Of its API: `http://127.0.0.1:port/api/v4` */
  readonly url: string;
  /** `group/project` */
  readonly project: string;
  /** In the order that they were opened in; as they are now. */
  mergeRequests(): Promise<readonly MergeRequest[]>;
  /** Open ones. */
  issues(): readonly Issue[];
  /** Statuses of a commit, each name once. */
  statuses(sha: string): readonly Status[];
  /** Ends the pipeline of a commit. */
  endPipeline(sha: string, status: 'success' | 'failed'): void;
  /** What a person's click on "Merge" does. */
  merge(request: MergeRequest): Promise<MergeAnswer>;
  /** Requests that it had no answer for: `GET /path`. */
  unanswered(): readonly string[];
  stop(): Promise<void>;
}

const PROJECT = 'group/project';

/**
 * Starts a server on 127.0.0.1 that answers like GitLab's REST API about one project, whose repository is a local one:
 * who uses it really clones, pushes and merges. It checks no token.
 *
 * @param options the repository
 */
export async function startFakeGitlab(options: FakeGitlabOptions): Promise<FakeGitlab> {
  const repository = openRepository(options.repository);
  const project = new Project(repository, 'main');
  const unanswered: string[] = [];

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method = 'GET' } = request;
    // Renovate writes /api/v4//projects here and there.
    const url = new URL((request.url ?? '').replaceAll(/(?<!:)\/{2,}/g, '/'), 'http://gitlab');
    const [, , , root, ...path] = url.pathname.split('/').map(decodeURIComponent);
    if (root === 'version') return { status: 200, body: { version: '18.6.0' } };
    if (root === 'user')
      return { status: 200, body: { id: 1, username: 'renovate', name: 'Renovate', email: 'renovate@example.org' } };
    const [name, ...rest] = path;
    if (root !== 'projects' || name !== PROJECT) return { status: 404, body: { message: '404 Project Not Found' } };
    if (rest.length === 0)
      return {
        status: 200,
        body: {
          id: 1,
          path_with_namespace: PROJECT,
          default_branch: project.defaultBranch,
          http_url_to_repo: pathToFileURL(options.repository).href,
          merge_method: 'merge',
          repository_access_level: 'enabled',
          merge_requests_access_level: 'enabled',
        },
      };
    const body = method === 'POST' || method === 'PUT' ? ((await json(request)) as Record<string, unknown>) : {};
    return answerProject(project, { method, path: rest, query: url.searchParams, body });
  };

  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Answer => ({ status: 500, body: { message: String(error) } }))
      .then(({ status, body }) => {
        if (status === 404 || status === 500) unanswered.push(`${request.method ?? ''} ${request.url ?? ''}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/api/v4`,
    project: PROJECT,
    mergeRequests: async () => {
      await project.refresh();
      return project.mergeRequests;
    },
    issues: () => project.issues.filter(({ state }) => state === 'opened'),
    statuses: (sha) => project.statuses(sha),
    endPipeline: (sha, status) => {
      project.setStatus(sha, { name: 'pipeline', status, description: '' });
    },
    merge: (request) => project.merge(request),
    unanswered: () => unanswered,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
