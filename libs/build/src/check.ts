import { join } from 'node:path';
import { checkLogPath, passedPath, untilCheck } from '@dockyard/project';
import { selectRunner } from '@dockyard/runner';
import type { BuildOptions } from './build.ts';
import { requireOutput, requireProject } from './parents.ts';
import { recordPassed } from './passed.ts';
import { prepare } from './prepare.ts';
import { requireInputs } from './require-inputs.ts';
import { withScratch } from './scratch.ts';

/**
 * Runs upstream's own tests of one platform: builds the stage of compile.Dockerfile that has them, with all that the compile reads. Nothing is kept but the log, and a
 * record of the artifacts that were checked.
 *
 * @throws UserError where the artifacts, a source, a parent or a runner is missing, or the tests fail.
 */
export async function check(options: Omit<BuildOptions, 'use' | 'fromNothing'>): Promise<void> {
  const { workspace, platform, onLine, onOutput, signal } = options;
  const project = requireProject(workspace, options.root);
  requireInputs(workspace, [{ ...options, use: 'compile' }]);
  const runner = await selectRunner({
    project: project.project,
    platform,
    emulate: project.definition.emulate,
    cwd: workspace,
  });
  onLine(`${project.project} for ${platform}: ${runner.description}`);
  await recordPassed(workspace, passedPath(project.project, platform, 'check'), async () => {
    const { record } = await requireOutput(workspace, project.project, platform, 'artifacts');
    await withScratch(workspace, `${project.project}-`, async (scratch) => {
      const log = join(workspace, checkLogPath(project.project, platform));
      const { request } = await prepare({ ...options, use: 'compile', project, scratch, log, dockerfile: untilCheck });
      await runner.engine.build(request, {
        ...(onOutput !== undefined && { onLine: onOutput }),
        ...(signal !== undefined && { signal }),
      });
    });
    return record.digest;
  });
}
