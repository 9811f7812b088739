/**
 * Run by Node in a workspace of its own: puts a result for every task of `image` into Nx's cache, as if each had been built. One project has
 * been built for real, and its outputs are everybody's. Building a thousand images takes an hour, and what is measured is Nx reading them.
 *
 * Uses Nx's own parts, which it exports for nobody: whether they still fit shows in the run that is measured, which must execute nothing.
 */
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createProjectGraphAsync, workspaceRoot } from '@nx/devkit';
import { readNxJson } from 'nx/src/config/nx-json.js';
import { createTaskHasher } from 'nx/src/hasher/create-task-hasher.js';
import { getTaskDetails, hashTasks } from 'nx/src/hasher/hash-task.js';
import { DbCache } from 'nx/src/tasks-runner/cache.js';
import { createTaskGraph } from 'nx/src/tasks-runner/create-task-graph.js';
import { getTaskSpecificEnv } from 'nx/src/tasks-runner/task-env.js';

const [built = ''] = process.argv.slice(2);
const graph = await createProjectGraphAsync({ exitOnError: true });
const nxJson = readNxJson();
const images = Object.values(graph.nodes).filter(({ data }) => data.tags?.includes('image'));
const names = images.map(({ name }) => name);
const tasks = createTaskGraph(graph, {}, names, ['image'], undefined, {});
const cache = new DbCache({ nxCloudRemoteCache: null as never, skipRemoteCache: true });
await cache.init();
const done = new Set<string>();
let wave = Object.values(tasks.tasks).filter(({ id }) => tasks.dependencies[id]?.length === 0);
while (wave.length > 0) {
  // A hasher keeps what it has seen on disk, and every wave adds to that.
  const hasher = createTaskHasher(graph, nxJson);
  const environments = Object.fromEntries(wave.map((task) => [task.id, getTaskSpecificEnv(task, graph)]));
  for (const { outputs } of wave) await copyOutputs(outputs);
  await hashTasks(hasher, graph, tasks, environments, getTaskDetails(), wave);
  for (const task of wave) {
    await cache.put(task, `${task.id} was built\n`, task.outputs, 0);
    done.add(task.id);
  }
  wave = Object.values(tasks.tasks).filter(
    ({ id }) => !done.has(id) && (tasks.dependencies[id] ?? []).every((dependency) => done.has(dependency.id)),
  );
}
process.exit();

/** The outputs of the project that was built; artifacts are made of its image. */
async function copyOutputs(outputs: readonly string[]): Promise<void> {
  for (const output of outputs) {
    const own = output.replace(/^dist\/images\/[^/]+\//, `dist/images/${built}/`);
    if (own === output) continue;
    await mkdir(dirname(join(workspaceRoot, output)), { recursive: true });
    await cp(join(workspaceRoot, own.replace('artifacts', 'image')), join(workspaceRoot, output), { recursive: true });
  }
}
