import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASOURCES, VERSIONINGS } from '@dockyard/definition';
import { exec, git as runGit } from '@dockyard/exec';
import {
  type FakeGitlab,
  labFolder,
  type MergeRequest,
  type Registry,
  startFakeGitlab,
  startRegistry,
} from '@dockyard/lab';
import { ensureRenovate, renovateFacts, runOnGitlab } from '@dockyard/renovate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MERGE_REQUEST, runJobs } from './gitlab-jobs.ts';
import { ARCHS, definition, sha256 } from './small-images.ts';
import { CHECKOUT, copyWorkspace, testEngines, type WorkspaceCopy } from './workspace-copy.ts';

/** What the mirror serves as `app_<version>.txt`. */
const upstream = (version: string): string => `upstream, version ${version}\n`;
const NPM_SHA512 = {
  old: '18cc573a2522ad6835c532918a9334124d3bad7fae6f1e273551254c974d2d898d3bfd98ac3920246c3d0a58d79feaf8116883420ffc96c45d1f28363c9b9468',
  new: 'c478e10ebddc3412b40737542523d7667b50531fe6c0c4b9470e00ee53c9f745c600ee8848ffde3c336ea34be1a8e654f940f9268a1dc02000a1941ddc57802b',
};

interface Line {
  readonly version: string;
  readonly allowed: string;
  readonly urls?: readonly string[];
  readonly more?: string;
}

/** A definition whose sources are on the mirror. */
function appYaml(image: string, { version, allowed, urls = ['app_{version}.txt'], more = '' }: Line): string {
  return definition(
    image,
    `sources:
  # What follows has to stay as it is.
  - file: app.txt
    urls: [${urls.map((url) => `'debian:pool/main/a/app/${url}'`).join(', ')}]   # of upstream
    sha256: '${sha256(upstream(version))}'
update: { datasource: custom.fixture, package: app, allowed: '${allowed}' }
${more}`,
  )
    .replace('version: "1.0"', `version: '${version}'`)
    .replace('tags: ["{version}"]', "tags: ['{version}', '{major}.{minor}']");
}

const IMAGES = (base: string): Readonly<Record<string, string>> => ({
  'images/app/1.0/image.yaml': appYaml('app', { version: '1.0.0', allowed: '~1.0' }),
  'images/app/1.1/image.yaml': appYaml('app', { version: '1.1.0', allowed: '~1.1' }),
  'images/app/Dockerfile': 'FROM scratch\nCOPY --from=sources app.txt /usr/share/doc/app/copyright\nUSER 65532\n',
  'images/child/image.yaml': definition('child'),
  'images/child/Dockerfile': 'FROM dockyard/app:1.0\nCOPY child.txt /\n',
  'images/child/child.txt': 'child\n',
  'images/other/image.yaml': definition('other'),
  'images/other/Dockerfile': 'FROM scratch\nCOPY image.yaml /\n',
  'images/ended/image.yaml': appYaml('ended', {
    version: '1.0.0',
    allowed: '~1',
    more: "endOfLife: '2020-01-01'\n",
  }),
  'images/ended/Dockerfile': 'FROM scratch\nCOPY --from=sources app.txt /\n',
  // Its mirrors have different files for version 2.0.1.
  'images/torn/image.yaml': appYaml('torn', {
    version: '2.0.0',
    allowed: '~2.0',
    urls: ['app_{version}.txt', 'torn_{version}.txt'],
  }),
  'images/torn/Dockerfile': 'FROM scratch\nCOPY --from=sources app.txt /\n',
  'images/package/image.yaml': definition(
    'package',
    `sources:
  - file: package.tgz
    urls: ['npm:isarray@{version}']
    sha512: '${NPM_SHA512.old}'
update: { datasource: npm, package: isarray, allowed: '~2.0' }
`,
  ).replace('version: "1.0"', "version: '2.0.4'"),
  'images/package/Dockerfile': 'FROM scratch\nCOPY --from=sources package.tgz /\n',
  'images/based/image.yaml': definition('based'),
  'images/based/Dockerfile': `FROM ${base}\nCOPY image.yaml /\n`,
});

/** Renovate itself, on a GitLab that is made up, and a repository, sources, a registry and merge requests that aren't. */
describe.skipIf(!testEngines().includes('podman'))('Renovate', () => {
  let dir: string;
  let workspace: WorkspaceCopy;
  let registry: Registry;
  let mirror: Server;
  let gitlab: FakeGitlab;
  let bases: { old: string; new: string };
  let log = '';

  const origin = (): string => join(dir, 'origin.git');
  const git = async (...args: string[]): Promise<string> => (await runGit(exec, origin(), args)).stdout;
  const show = (branch: string, path: string): Promise<string> => git('show', `${branch}:${path}`);
  const port = (server: Server): string => String((server.address() as AddressInfo).port);
  const requestOf = async (branch: string): Promise<MergeRequest> => {
    const found = (await gitlab.mergeRequests()).find(({ sourceBranch }) => sourceBranch === branch);
    if (found === undefined)
      throw new Error(
        `no merge request of ${branch}, but of ${(await gitlab.mergeRequests()).map(({ sourceBranch }) => sourceBranch).join(', ')}:\n${log}`,
      );
    return found;
  };

  /** One scheduled run. */
  const renovate = async (): Promise<void> => {
    const lines: string[] = [];
    const runtime = await ensureRenovate(exec, CHECKOUT);
    const exitCode = await runOnGitlab(exec, runtime, workspace.root, {
      env: {
        ...process.env,
        CI_API_V4_URL: gitlab.url,
        CI_PROJECT_PATH: gitlab.project,
        RENOVATE_TOKEN: 'token',
        DOCKYARD_STORE: join(dir, 'store'),
        DOCKYARD_DEBIAN_MIRROR: `http://127.0.0.1:${port(mirror)}`,
        LOG_LEVEL: 'info',
      },
      settings: {
        GIT_ALLOW_PROTOCOL: 'file',
        RENOVATE_CUSTOM_DATASOURCES: JSON.stringify({
          fixture: { defaultRegistryUrlTemplate: `http://127.0.0.1:${port(mirror)}/{{packageName}}.json` },
        }),
        RENOVATE_HOST_RULES: JSON.stringify([{ matchHost: registry.host, insecureRegistry: true }]),
        // At any hour, and only what the images of this test are found by.
        RENOVATE_FORCE: JSON.stringify({
          schedule: null,
          prHourlyLimit: 0,
          osvVulnerabilityAlerts: false,
          enabledManagers: ['custom.jsonata', 'dockerfile'],
        }),
      },
      onLine: (line) => lines.push(line),
    });
    log = lines.join('\n');
    expect(exitCode, log).toBe(0);
    expect(gitlab.unanswered()).toEqual([]);
  };

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'renovate-'));
    const versions = ['1.0.0', '1.0.1', '1.1.0', '1.1.1', '1.2.0', '2.0.0', '2.0.1'];
    mirror = createServer((request, response) => {
      const path = request.url ?? '';
      const [, name, version = ''] = /\/(app|torn)_(.+)\.txt$/.exec(path) ?? [];
      if (path === '/app.json') response.end(JSON.stringify({ releases: versions.map((one) => ({ version: one })) }));
      else if (versions.includes(version)) response.end(name === 'torn' ? 'something else\n' : upstream(version));
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(mirror, 'listening');
    registry = await startRegistry({ dir: labFolder(process.env) });
    bases = await pushBases(registry.host, dir);
    workspace = await copyWorkspace('podman', IMAGES(`${registry.host}/base:1.0@${bases.old}`));
    await workspace.run('npm', 'run', '--silent', 'docs');
    await workspace.commit();
    await runGit(exec, workspace.root, ['clone', '--quiet', '--bare', '.', origin()]);
    // The clone that a cache of CI would have kept, with node modules.
    const clone = join(workspace.root, '.dockyard/renovate/base/repos/gitlab/group/project');
    mkdirSync(join(clone, '..'), { recursive: true });
    await runGit(exec, workspace.root, ['clone', '--quiet', `file://${origin()}`, clone]);
    for (const folder of globSync('{,libs/*/,tools/*/}node_modules', { cwd: CHECKOUT }))
      await exec({ command: 'cp', args: ['-al', join(CHECKOUT, folder), join(clone, folder)] });
    gitlab = await startFakeGitlab({ repository: origin() });
    await renovate();
  });
  afterAll(async () => {
    await gitlab.stop();
    mirror.close();
    await registry.stop();
    await workspace.remove();
    rmSync(dir, { recursive: true });
  });

  it('has the datasources and versionings that definitions may name, and reads their versions', async () => {
    const facts = await renovateFacts(exec, await ensureRenovate(exec, CHECKOUT), [
      { file: 'a', version: '8.0.2', update: { datasource: 'github-tags', package: 'redis/redis' } },
      { file: 'b', version: '9_9', update: { datasource: 'npm', package: 'b', versioning: 'semver' } },
    ]);
    expect([...facts.datasources].sort()).toEqual(['custom', ...DATASOURCES].sort());
    expect([...facts.versionings].sort()).toEqual([...VERSIONINGS].sort());
    expect(facts.unparsable).toEqual([
      "b: the versioning semver can't read the version 9_9; name another one: update.versioning",
    ]);
  });

  it('raises version and digest on the branch of each release line, and leaves the rest as it is', async () => {
    for (const [line, from, to] of [
      ['1.0', '1.0.0', '1.0.1'],
      ['1.1', '1.1.0', '1.1.1'],
    ] as const) {
      const branch = `renovate/app-${line}`;
      const request = await requestOf(branch);
      expect((await git('diff', '--name-only', `main...${branch}`)).split('\n')).toEqual([
        'README.md',
        'docs/tags.md',
        `images/app/${line}/image.yaml`,
        'images/app/README.md',
      ]);
      expect(await show(branch, 'docs/tags.md')).toContain(`\`${to}\``);
      expect(await show(branch, `images/app/${line}/image.yaml`)).toBe(
        appYaml('app', { version: from, allowed: `~${line}` })
          .replace(`version: '${from}'`, `version: '${to}'`)
          .replace(sha256(upstream(from)), sha256(upstream(to)))
          .trimEnd(),
      );
      expect(request.title).toBe(`fix(app/${line}): update app to v${to}`);
      expect(request.labels).toEqual(['dependencies', `image:app/${line}`]);
    }
  });

  it('raises what npm has, with the digest of its registry', async () => {
    const { sourceBranch } = await requestOf('renovate/isarray-2.0');
    const text = await show(sourceBranch, 'images/package/image.yaml');
    expect(text).toContain("version: '2.0.5'");
    expect(text).toContain(NPM_SHA512.new);
    expect(text).not.toContain(NPM_SHA512.old);
  });

  it('raises the digest of an external base', async () => {
    const request = (await gitlab.mergeRequests()).find(({ labels }) => labels.includes('image:based'));
    expect(await show(request?.sourceBranch ?? '', 'images/based/Dockerfile')).toBe(
      `FROM ${registry.host}/base:1.0@${bases.new}\nCOPY image.yaml /`,
    );
  });

  it('leaves a line alone whose end of life has passed, and names a new one on the dashboard', async () => {
    expect((await gitlab.mergeRequests()).map(({ sourceBranch }) => sourceBranch).sort()).toEqual([
      'renovate/app-1.0',
      'renovate/app-1.1',
      'renovate/app-2.0',
      expect.stringContaining('renovate/based/'),
      'renovate/isarray-2.0',
    ]);
    const [dashboard] = gitlab.issues();
    expect(dashboard?.title).toBe('Dependency Dashboard');
    const [, pending = ''] = /Pending Approval([^]*?)\n## /.exec(dashboard?.description ?? '') ?? [];
    expect([...pending.matchAll(/approve-branch=\S+ -->(.*)/g)].map(([, entry]) => entry)).toEqual([
      expect.stringContaining('new release line of app ~1.2: npx nx g @dockyard/nx-images:line'),
      expect.stringContaining('new release line of app ~2.0: npx nx g @dockyard/nx-images:line'),
    ]);
  });

  it('holds a branch back whose mirrors contradict each other, and says why', async () => {
    const request = await requestOf('renovate/app-2.0');
    gitlab.endPipeline(request.sha ?? '', 'success');
    expect(gitlab.statuses(request.sha ?? '')).toContainEqual(
      expect.objectContaining({ name: 'renovate/artifacts', status: 'failed' }),
    );
    expect(request.notes.map(({ body }) => body).join('\n')).toContain('app.txt');
    expect(await gitlab.merge(request)).toBe('not allowed');
  });

  it("goes through the project's own pipeline, which builds that image and what stands on it", async () => {
    const { sourceBranch } = await requestOf('renovate/app-1.0');
    const [arch = ''] = ARCHS;
    const { exitCode, stdout } = await runJobs({
      origin: origin(),
      branch: sourceBranch,
      modules: CHECKOUT,
      root: join(dir, 'runner'),
      variables: {
        ...MERGE_REQUEST,
        CI_MERGE_REQUEST_DIFF_BASE_SHA: await git('rev-parse', 'main'),
        CI_REGISTRY_IMAGE: `${registry.host}/group/project`,
        DOCKYARD_STORE: join(dir, 'store'),
      },
      jobs: ['--needs', `build: [${arch}]`],
    });
    expect(exitCode, stdout).toBe(0);
    expect([...stdout.matchAll(/nx run ([\w.-]+):"image:/g)].map(([, project]) => project).sort()).toEqual([
      'app-1.0',
      'child',
    ]);
  });

  it('merges a patch whose pipeline passed, and rebases what conflicts with it, and no more', async () => {
    const before = new Map((await gitlab.mergeRequests()).map(({ sourceBranch, sha }) => [sourceBranch, sha]));
    gitlab.endPipeline(before.get('renovate/app-1.0') ?? '', 'success');
    gitlab.endPipeline(before.get('renovate/isarray-2.0') ?? '', 'failed');
    // Beside the version of the other line.
    await workspace.run('git', 'remote', 'add', 'origin', origin());
    workspace.write(
      'images/app/1.1/image.yaml',
      appYaml('app', { version: '1.1.0', allowed: '~1.1' }).replace('licenses: MIT', 'licenses: Apache-2.0'),
    );
    await workspace.commit();
    await workspace.run('git', 'push', '--quiet', 'origin', 'main');
    await renovate();
    const after = await gitlab.mergeRequests();
    expect(after.filter(({ state }) => state === 'merged').map(({ sourceBranch }) => sourceBranch)).toEqual([
      'renovate/app-1.0',
    ]);
    expect(await show('main', 'images/app/1.0/image.yaml')).toContain("version: '1.0.1'");
    expect(
      after.filter(({ state, sourceBranch, sha }) => state === 'opened' && sha !== before.get(sourceBranch)),
    ).toMatchObject([{ sourceBranch: 'renovate/app-1.1' }]);
    const rebased = await show('renovate/app-1.1', 'images/app/1.1/image.yaml');
    expect(rebased).toContain('licenses: Apache-2.0');
    expect(rebased).toContain(sha256(upstream('1.1.1')));
  });
});

/** Two images of one tag, one after the other. */
async function pushBases(host: string, dir: string): Promise<{ old: string; new: string }> {
  const digests: string[] = [];
  for (const content of ['old', 'new']) {
    const context = join(dir, `base-${content}`);
    mkdirSync(context);
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY release /\n');
    writeFileSync(join(context, 'release'), content);
    const digest = join(context, 'digest');
    const podman = (...args: string[]) => exec({ command: 'podman', args });
    await podman('build', '--quiet', '--tag', `${host}/base:1.0`, context);
    await podman('push', '--quiet', '--tls-verify=false', '--digestfile', digest, `${host}/base:1.0`);
    await podman('rmi', '--force', `${host}/base:1.0`);
    digests.push(readFileSync(digest, 'utf8').trim());
  }
  const [first = '', second = ''] = digests;
  return { old: first, new: second };
}
