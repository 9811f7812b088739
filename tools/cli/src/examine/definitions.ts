import { requireProject } from '@dockyard/build';
import { endOfLifeNotice, fileOf } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { WORKSPACE } from '../root.ts';
import { imageProjects } from '../workspace.ts';
import type { Finding } from './finding.ts';

/** Reads every definition. */
export function definitions(): Finding[] {
  const what = 'definitions';
  const known = imageProjects(WORKSPACE);
  const ended: Finding[] = [];
  const broken = [...known].filter(([, root]) => {
    try {
      const { definition } = requireProject(WORKSPACE, root);
      const found = endOfLifeNotice(definition, new Date());
      if (found !== undefined)
        ended.push({ what: fileOf(definition, 'endOfLife'), state: 'note', found, vital: false });
      return false;
    } catch (error) {
      if (error instanceof UserError) return true;
      throw error;
    }
  });
  if (broken.length === 0)
    return [{ what, state: 'ok', found: [...known.keys()].sort().join(', '), vital: false }, ...ended];
  const found = `mistakes in ${broken.map(([name]) => name).join(', ')}`;
  return [{ what, state: 'missing', found, vital: true, fix: 'npx nx show projects prints them' }];
}
