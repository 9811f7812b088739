import { exec, UserError } from '@dockyard/exec';
import { affected } from '@dockyard/pipeline';
import { thisMachine } from '@dockyard/runner';
import { requireProject } from '@dockyard/build';
import { cancellation } from '../cancellation.ts';
import { parentsFirst } from '../commands/lock.ts';
import { buildAndTest } from '../commands/test-images.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects } from '../workspace.ts';
import type { Count } from './count.ts';
import { changeBase, chooseImages, MOST_IMAGES } from './touched-images.ts';

/**
 * Builds and tests the images that a change touches, of this machine's platform, as far as `npm test` has the time.
 *
 * @returns the stage as one check, and what the summary has to say of it; or why it was left out
 */
export async function testTouchedImages(): Promise<{ count: Count; note: string } | { leftOut: string }> {
  const ok: Count = { passed: 1, failed: 0, skipped: [] };
  const base = await changeBase(exec, WORKSPACE, process.env);
  if (base === undefined) return say(ok, 'There is nothing to compare with, so no image counts as touched.');
  const { platform } = thisMachine();
  const change = await affected(exec, {
    ...{ workspace: WORKSPACE, base, platforms: [platform], signal: cancellation.signal },
  });
  const projects = parentsFirst([...imageProjects(WORKSPACE).values()].map((root) => requireProject(WORKSPACE, root)));
  const { built, left } = chooseImages(change, projects, MOST_IMAGES);
  if (built.length === 0) return say(ok, `Nothing since ${base.slice(0, 12)} touches an image.`);
  const rest =
    left.length === 0
      ? ''
      : ` Touched as well, and left to npx dockyard test:images --base ${base.slice(0, 12)}: ${left.join(', ')}.`;
  const note = `Since ${base.slice(0, 12)} touched and built here: ${built.join(', ')}.${rest}`;
  console.log(note);
  try {
    const exitCode = await buildAndTest(['run-many', `--projects=${built.join(',')}`]);
    return { count: { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: [] }, note };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { leftOut: error.message };
  }
}

function say(count: Count, note: string): { count: Count; note: string } {
  console.log(note);
  return { count, note };
}
