import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, exec } from '@dockyard/exec';
import { type Registry, startRegistry } from '@dockyard/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MERGE_REQUEST, runJobs } from './gitlab-jobs.ts';
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
    expect(file).toContain('ARCH: [amd64, arm64]');
    // Platforms that this machine runs natively.
    const arches = ARCHS.map((arch) => `'${arch}'`).join(', ');
    workspace.write('.gitlab-ci.yml', file.replace('ARCH: [amd64, arm64]', `ARCH: [${arches}]`));
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
  const head = async (branch = 'main'): Promise<string> =>
    (await workspace.run('git', 'rev-parse', branch)).stdout.trim();

  it('builds each platform on a runner of its own', async () => {
    for (const arch of ARCHS) {
      const { exitCode, stdout } = await run(['--needs', `build: [${arch}]`], PROTECTED);
      expect(exitCode, stdout).toBe(0);
      expect(stdout).toContain('Nothing was published yet: everything counts as affected.');
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
    expect(names.every((name) => name.startsWith('mr-7.'))).toBe(true);
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
    const plan = await run(['base', 'fleet-plan'], fleet);
    expect(plan.exitCode, plan.stdout).toBe(0);
    // The child on its own: gitlab-ci-local hands it the names of jobs that it was given itself.
    const child = readFileSync(join(plan.root, '.dockyard/fleet.yml'), 'utf8');
    const { exitCode, stdout } = await run(['--file', 'fleet.yml'], fleet, 'main', { 'fleet.yml': child });
    expect(exitCode, stdout).toBe(0);
    for (const arch of ARCHS) expect(stdout).toMatch(new RegExp(`PASS.*child ${arch}`));
    const published = await run(['base', 'publish'], fleet);
    expect(published.exitCode, published.stdout).toBe(0);
    expect(Object.keys(await tags('child'))).toEqual(['1.0', '1.0-r1', '1.0-r2', '1.0-r3']);
  });
});
