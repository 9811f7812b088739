import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_SHAPE,
  makeStaticWorkspace,
  makeSyntheticWorkspace,
  reportSchema,
  type SyntheticWorkspace,
} from '@dockyard/bench';
import { exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT } from './workspace-copy.ts';

interface Graph {
  graph: { dependencies: Record<string, { target: string }[]> };
  tasks: { tasks: object; dependencies: Record<string, unknown[]> };
}

describe('a synthetic workspace', () => {
  const scratch = join(CHECKOUT, '.dockyard', 'bench-e2e');
  let inferred: SyntheticWorkspace;
  let written: SyntheticWorkspace;

  beforeAll(async () => {
    inferred = await makeSyntheticWorkspace(CHECKOUT, scratch, { images: 10, ...DEFAULT_SHAPE });
    written = await makeStaticWorkspace(CHECKOUT, scratch, inferred);
  });
  afterAll(async () => {
    await inferred.remove();
    await written.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('plans the same with the plugin as with static project.json', async () => {
    const plans = [];
    for (const workspace of [inferred, written]) {
      await exec(workspace.nx(['affected', '-t', 'image', '--graph=.nx/plan.json'], { daemon: false }));
      plans.push(JSON.parse(readFileSync(join(workspace.root, '.nx/plan.json'), 'utf8')) as Graph);
    }
    const [plan, floor] = plans;
    const edited = inferred.family.images.find(({ root }) => inferred.edited.startsWith(`${root}/`));
    expect(Object.keys(plan?.tasks.tasks ?? {})).toContain(`${edited?.project ?? ''}:image`);
    expect(plan?.tasks).toEqual(floor?.tasks);
    for (const { project, parent, toolchain } of inferred.family.images) {
      const parents = [parent, toolchain].flatMap((image) => (image === undefined ? [] : [image.project]));
      expect(new Set(plan?.graph.dependencies[project]?.map(({ target }) => target))).toEqual(new Set(parents));
    }
  });
});

describe('npm run bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockyard-bench-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('writes a report', async () => {
    const output = join(folder, 'report.json');
    await exec({ command: 'npm', args: ['run', 'bench', '--', '--quick', '--output', output, 'no-op'], cwd: CHECKOUT });
    const report = reportSchema.parse(JSON.parse(readFileSync(output, 'utf8')));
    expect(report.missing).toEqual([]);
    expect(report.results).toHaveLength(3);
    expect(report.quick).toBe(true);
  });

  it('refuses a benchmark that it does not have', async () => {
    const command = { command: 'npm', args: ['run', 'bench', '--', 'plam'], cwd: CHECKOUT };
    const { exitCode, stderr } = await exec(command, { reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Did you mean plan?');
  });
});
