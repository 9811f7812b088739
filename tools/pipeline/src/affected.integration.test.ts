import { fileURLToPath } from 'node:url';
import { CommandError, exec } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { affected } from './affected.ts';
import { childPipeline } from './child-pipeline.ts';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));

describe('what Nx says of this repository', () => {
  it('of everything becomes a pipeline of every declared platform', async () => {
    const { graph, explanation } = await affected(exec, { workspace, base: '0'.repeat(40), head: 'HEAD' });
    expect(explanation).toBeUndefined();
    const names = childPipeline(graph).plan.jobs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['redis amd64', 'redis arm64', 'redis']));
  });

  it('of one platform has no other', async () => {
    const { graph } = await affected(exec, { workspace, base: undefined, head: 'HEAD', platforms: ['linux/arm64'] });
    expect(new Set([...graph.tasks.values()].flatMap(({ arch }) => arch ?? []))).toEqual(new Set(['arm64']));
  });

  it('of no change is nothing', async () => {
    const { graph, explanation } = await affected(exec, { workspace, base: 'HEAD', head: 'HEAD' });
    expect([graph.tasks.size, explanation]).toEqual([0, { affected: {}, upstream: {} }]);
  });

  it('fails for a commit that is none', async () => {
    await expect(affected(exec, { workspace, base: 'no-such-commit', head: 'HEAD' })).rejects.toThrow(CommandError);
  });
});
