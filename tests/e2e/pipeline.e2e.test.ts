import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, exec } from '@dockyard/exec';
import { type Registry, startRegistry } from '@dockyard/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneRepository, MERGE_REQUEST, runJobs } from './gitlab-jobs.ts';
import { ARCHS, fillStore, PLATFORMS, SMALL_IMAGES } from './small-images.ts';
import { copyWorkspace, testEngines, type WorkspaceCopy } from './workspace-copy.ts';

const LAB = process.env['DOCKYARD_LAB'] ?? '/var/tmp/dockyard-lab';
const PROTECTED = { CI_COMMIT_REF_PROTECTED: 'true' };

/** The jobs of .gitlab-ci.yml, each in a checkout with an empty cache, so that only the registry joins them. */
describe.skipIf(!testEngines().includes('podman'))('the pipeline', () => {
  let dir: string;
  let registry: Registry;
  let workspace: WorkspaceCopy;
  let store: string;
  let runners = 0;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'pipeline-'));
    store = join(dir, 'store');
    fillStore(store);
    registry = await startRegistry({ dir: LAB });
    workspace = await copyWorkspace('podman', SMALL_IMAGES);
    const file = readFileSync(join(workspace.root, '.gitlab-ci.yml'), 'utf8');
    for (const platforms of ['ARCH: [amd64, arm64]', 'TESTS: test:amd64,test:arm64']) expect(file).toContain(platforms);
    // Platforms that this machine runs natively.
    const arches = ARCHS.map((arch) => `'${arch}'`).join(', ');
    const ours = file
      .replace('ARCH: [amd64, arm64]', `ARCH: [${arches}]`)
      .replace('TESTS: test:amd64,test:arm64', `TESTS: ${ARCHS.map((arch) => `test:${arch}`).join(',')}`);
    workspace.write('.gitlab-ci.yml', ours);
    await workspace.commit();
    await workspace.run('git', 'clone', '--quiet', '--bare', '.', join(dir, 'origin.git'));
    await workspace.run('git', 'remote', 'add', 'origin', join(dir, 'origin.git'));
  });
  afterAll(async () => {
    await workspace.remove();
    await registry.stop();
    rmSync(dir, { recursive: true });
  });

  /** Runs jobs on a new runner: a fresh clone of a branch. */
  const run = async (
    jobs: readonly string[],
    variables: Readonly<Record<string, string>>,
    branch = 'main',
    files: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult & { root: string }> => {
    runners += 1;
    const root = join(dir, `runner-${String(runners)}`);
    const given = { CI_REGISTRY_IMAGE: `${registry.host}/group/project`, DOCKYARD_STORE: store, ...variables };
    const result = await runJobs({
      origin: join(dir, 'origin.git'),
      modules: workspace.root,
      root,
      branch,
      files,
      variables: given,
      jobs,
    });
    return { ...result, root };
  };
  const tags = async (image: string): Promise<Record<string, string>> => {
    const url = `http://${registry.host}/v2/group/project/${image}`;
    const { tags: names = [] } = (await (await fetch(`${url}/tags/list`)).json()) as { tags?: string[] };
    const found: Record<string, string> = {};
    for (const tag of names.sort()) {
      const accept = 'application/vnd.oci.image.index.v1+json';
      const response = await fetch(`${url}/manifests/${tag}`, { headers: { accept } });
      found[tag] = response.headers.get('docker-content-digest') ?? '';
    }
    return found;
  };
  /** What a job notes of a task that took so many seconds, later than all others. */
  const recordTime = async (task: string, seconds: number): Promise<void> => {
    const url = `http://${registry.host}/v2/group/project/cache/protected`;
    const { tags: names } = (await (await fetch(`${url}/tags/list`)).json()) as { tags: string[] };
    const entry = names.find((name) => /^protected\.\w+$/.test(name)) ?? '';
    const type = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    const manifest = await fetch(`${url}/manifests/${entry}`, { headers: { accept: type['content-type'] } });
    const tag = `${entry}.took-9999999999-${String(seconds)}-${task}`;
    const put = await fetch(`${url}/manifests/${tag}`, { method: 'PUT', headers: type, body: await manifest.text() });
    expect(put.status).toBe(201);
  };
  const head = async (branch = 'main'): Promise<string> =>
    (await workspace.run('git', 'rev-parse', branch)).stdout.trim();

  it('builds each platform on a runner of its own', async () => {
    for (const arch of ARCHS) {
      const { exitCode, stdout } = await run(['--needs', `build: [${arch}]`], PROTECTED);
      expect(exitCode, stdout).toBe(0);
      expect(stdout).toContain('Nothing is noted as published: everything counts as affected.');
      expect(stdout).toContain('Shared cache: 0 of 16 entries found (0 B), 16 written');
      expect([...stdout.matchAll(/nx run \w+:"(?:compile|image|test|lint):(\w+)"/g)].map(([, found]) => found)).toEqual(
        Array.from({ length: 16 }, () => arch),
      );
    }
  });

  it('joins what they built, which nothing but the registry carries', async () => {
    const { exitCode, stdout, root } = await run(['base', 'join'], PROTECTED);
    expect(exitCode, stdout).toBe(0);
    const built = 6 * ARCHS.length;
    expect(stdout).toContain(`Shared cache: ${String(built)} of ${String(built + 5)} entries found`);
    expect(readFileSync(join(root, '.dockyard/summary.md'), 'utf8')).toMatch(
      /This change affects 5 images\.[^]*\(new\)[^]*against the published image/,
    );
  });

  it('publishes what was tested, with tags last, and notes the commit', async () => {
    const { exitCode, stdout } = await run(['base', 'publish'], PROTECTED);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain(`${await head()} is noted as published.`);
    for (const image of ['base', 'tools', 'app', 'child', 'other']) {
      const found = await tags(image);
      expect(Object.keys(found)).toEqual(['1.0', '1.0-r1']);
      expect(new Set(Object.values(found)).size).toBe(1);
    }
    const { stdout: raw } = await exec({
      command: 'skopeo',
      args: ['inspect', '--raw', '--tls-verify=false', `docker://${registry.host}/group/project/child:1.0`],
    });
    const index = JSON.parse(raw) as { manifests: { platform: { os: string; architecture: string } }[] };
    expect(index.manifests.map(({ platform }) => `${platform.os}/${platform.architecture}`).sort()).toEqual(
      [...PLATFORMS].sort(),
    );
  });

  it('has nothing to do for a commit that changes no image', async () => {
    workspace.write('NOTES.md', 'nothing\n');
    await workspace.commit();
    await workspace.run('git', 'push', '--quiet', 'origin', 'main');
    const { exitCode, stdout } = await run(['base', 'join', 'publish'], PROTECTED);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('No tasks were run');
    expect(stdout).toContain(`${await head()} is noted as published.`);
    expect(Object.keys(await tags('child'))).toEqual(['1.0', '1.0-r1']);
  });

  it("builds of a merge request only what it changes, keeps it to itself, and doesn't publish", async () => {
    const base = await head();
    await workspace.run('git', 'checkout', '--quiet', '-b', 'change');
    workspace.write('images/child/child.txt', 'changed\n');
    await workspace.commit();
    await workspace.run('git', 'push', '--quiet', 'origin', 'change');
    const request = { ...MERGE_REQUEST, CI_MERGE_REQUEST_DIFF_BASE_SHA: base };
    const [arch = ''] = ARCHS;
    const { exitCode, stdout } = await run(['--needs', `build: [${arch}]`], request, 'change');
    expect(exitCode, stdout).toBe(0);
    // Its own three tasks run; what it stands on was built by the default branch.
    expect(stdout).toMatch(/Shared cache: 4 of 7 entries found \(.*\), 3 written/);
    const listed = await run(['--list'], request, 'change');
    expect(listed.stdout).toContain('build');
    expect(listed.stdout).not.toContain('publish');
    const written = `http://${registry.host}/v2/group/project/cache/unprotected/tags/list`;
    const { tags: names } = (await (await fetch(written)).json()) as { tags: string[] };
    expect(names.every((name) => name.startsWith('mr-7.') && !name.includes('.took-'))).toBe(true);
  });

  it('makes up for a pipeline that failed: the next one publishes the changes of both', async () => {
    await workspace.run('git', 'checkout', '--quiet', 'main');
    await workspace.run('git', 'merge', '--quiet', 'change');
    workspace.write('images/other/other.txt', 'changed too\n');
    await workspace.commit();
    await workspace.run('git', 'push', '--quiet', 'origin', 'main');
    for (const arch of ARCHS) expect((await run(['--needs', `build: [${arch}]`], PROTECTED)).exitCode).toBe(0);
    const { exitCode, stdout, root } = await run(['base', 'join', 'publish'], PROTECTED);
    expect(exitCode, stdout).toBe(0);
    expect(readFileSync(join(root, '.dockyard/summary.md'), 'utf8')).toMatch(
      /\*\*other\*\* \| `images\/other\/other\.txt` \| .* \([-+−±]?[\d.]+ B/,
    );
    for (const image of ['child', 'other'])
      expect(Object.keys(await tags(image)), image).toEqual(['1.0', '1.0-r1', '1.0-r2']);
    expect(Object.keys(await tags('app'))).toEqual(['1.0', '1.0-r1']);
  });

  it('of a fleet has a job for each image and platform, and ends with the same images', async () => {
    workspace.write('images/child/child.txt', 'changed by the fleet\n');
    await workspace.commit();
    await workspace.run('git', 'push', '--quiet', 'origin', 'main');
    const fleet = { ...PROTECTED, DOCKYARD_FLEET: 'true' };
    const slow = ARCHS.at(-1) ?? '';
    await recordTime(`child_image_${slow}`, 5000);
    const plan = await run(['base', 'fleet-plan'], fleet);
    expect(plan.exitCode, plan.stdout).toBe(0);
    // The pipelines before have recorded how long its tasks take: image, test and lint of each platform, and the join.
    expect(plan.stdout).toContain(`(${String(3 * ARCHS.length + 1)} durations recorded)`);
    // The child on its own: gitlab-ci-local hands it the names of jobs that it was given itself.
    const child = readFileSync(join(plan.root, '.dockyard/fleet.yml'), 'utf8');
    const places = ARCHS.map((arch) => child.indexOf(`\nchild ${arch}:`));
    expect(Math.min(...places)).toBe(places.at(-1));
    const { exitCode, stdout } = await run(['--file', 'fleet.yml'], fleet, 'main', { 'fleet.yml': child });
    expect(exitCode, stdout).toBe(0);
    for (const arch of ARCHS) expect(stdout).toMatch(new RegExp(`PASS.*child ${arch}`));
    const summary = await run(['base', 'fleet-summary'], fleet);
    expect(summary.exitCode, summary.stdout).toBe(0);
    const text = readFileSync(join(summary.root, '.dockyard/summary.md'), 'utf8');
    expect(text).toContain('This change affects one image.');
    for (const platform of PLATFORMS)
      expect(text).toMatch(new RegExp(`\\*\\*child\\*\\* \\| \`${platform}\` \\| has none`));
    const published = await run(['base', 'publish'], fleet);
    expect(published.exitCode, published.stdout).toBe(0);
    expect(Object.keys(await tags('child'))).toEqual(['1.0', '1.0-r1', '1.0-r2', '1.0-r3']);
  });

  it('publishes to the registries that take it, fails for the one that does not, and makes up for it', async () => {
    workspace.write('images/child/child.txt', 'changed for two registries\n');
    await workspace.commit();
    await workspace.run('git', 'push', '--quiet', 'origin', 'main');
    for (const arch of ARCHS) expect((await run(['--needs', `build: [${arch}]`], PROTECTED)).exitCode).toBe(0);
    const first = `${registry.host}/group/project`;
    const closed = await startRegistry({ dir: LAB, users: {} });
    const registries = `${first} ${closed.host}/mirror`;
    const failed = await run(['base', 'publish'], { ...PROTECTED, DOCKYARD_REGISTRIES: registries });
    await closed.stop();
    expect(failed.exitCode, failed.stdout).not.toBe(0);
    expect(failed.stdout).toMatch(/\/mirror: .*HTTP status 401/);
    // Although its base was refused before it.
    expect(failed.stdout).toContain('child is not in 1 of 2 registries.');
    const ours = await tags('child');
    const immutable = Object.keys(ours).findLast((tag) => /-r\d+$/.test(tag)) ?? '';
    expect(ours[immutable]).toBe(ours['1.0']);
    const both = { ...PROTECTED, DOCKYARD_REGISTRIES: `${first} ${registry.host}/group/project/mirror` };
    const { exitCode, stdout } = await run(['base', 'publish'], both);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain(`${await head()} is noted as published.`);
    expect(await tags('mirror/child')).toEqual({ '1.0': ours['1.0'], [immutable]: ours['1.0'] });
  });

  it('gives a laptop what runners of other platforms built', async () => {
    const root = join(dir, 'laptop');
    await cloneRepository({ origin: join(dir, 'origin.git'), branch: 'main', modules: workspace.root, root });
    const args = ['run', '--silent', 'cache', '--', 'run', 'npx', 'nx', 'image', 'child'];
    const env = {
      ...{ CI: undefined, FORCE_COLOR: '0', NX_DAEMON: 'false', NX_WORKSPACE_ROOT_PATH: undefined },
      ...{ DOCKYARD_CACHE: `${registry.host}/group/project/cache`, DOCKYARD_PLATFORMS: PLATFORMS.join(',') },
      // No engine: nothing can be built here.
      DOCKER_HOST: 'tcp://127.0.0.1:9',
      DOCKYARD_ENGINE: 'buildkit',
    };
    const { stderr } = await exec({ command: 'npm', args, cwd: root, env });
    expect(stderr).toMatch(/Shared cache: (\d+) of \1 entries found/);
    const index = JSON.parse(readFileSync(join(root, 'dist/images/child/index/index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    expect(index.manifests.map((one) => one.digest)).toEqual([(await tags('child'))['1.0']]);
  });
});
