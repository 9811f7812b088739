import { requireProject } from '@dockyard/build';
import { UserError } from '@dockyard/exec';
import { WORKSPACE } from '../root.ts';
import { imageProjects } from '../workspace.ts';
import type { Finding } from './finding.ts';

/** Reads every definition. */
export function definitions(): Finding[] {
  const what = 'definitions';
  const known = imageProjects(WORKSPACE);
  const broken = [...known].filter(([, root]) => {
    try {
      requireProject(WORKSPACE, root);
      return false;
    } catch (error) {
      if (error instanceof UserError) return true;
      throw error;
    }
  });
  if (broken.length === 0) return [{ what, state: 'ok', found: [...known.keys()].sort().join(', '), vital: false }];
  const found = `mistakes in ${broken.map(([name]) => name).join(', ')}`;
  return [{ what, state: 'missing', found, vital: true, fix: 'npx nx show projects prints them' }];
}
