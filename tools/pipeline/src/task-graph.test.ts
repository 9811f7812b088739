import { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { readTaskGraph, selectTasks, taskGraph } from './task-graph.ts';

describe('a task graph of Nx', () => {
  const text = (dependencies: object): string =>
    JSON.stringify({
      tasks: {
        tasks: {
          'a:image:armv7': { id: 'a:image:armv7', target: { project: 'a', target: 'image:armv7' } },
          'a:image': { id: 'a:image', target: { project: 'a', target: 'image' } },
        },
        dependencies,
      },
    });

  it.each([[{ 'a:image': [{ id: 'a:image:armv7' }] }], [{ 'a:image': ['a:image:armv7'] }]])(
    'is read with dependencies such as %j',
    (dependencies) => {
      const graph = readTaskGraph(text(dependencies));
      expect(graph.tasks.get('a:image:armv7')).toMatchObject({ project: 'a', arch: 'armv7' });
      expect(graph.tasks.get('a:image')).not.toHaveProperty('arch');
      expect(graph.dependencies.get('a:image')).toEqual(['a:image:armv7']);
    },
  );

  it.each(['{', '{}', text({ 'a:image': ['b:image'] })])('is refused when it is %s', (wrong) => {
    expect(() => readTaskGraph(wrong)).toThrow(UserError);
  });
});

describe('selected tasks', () => {
  it('wait for what they waited for through others', () => {
    const graph = taskGraph([
      ['a:t', 'a', 't', []],
      ['b:t', 'b', 't', ['a:t']],
      ['c:t', 'c', 't', ['b:t', 'a:t']],
    ]);
    expect([...selectTasks(graph, new Set(['a:t', 'c:t'])).dependencies]).toEqual([
      ['a:t', []],
      ['c:t', ['a:t']],
    ]);
  });
});
