import { recordModes } from '@dockyard/checkout';
import { exec } from '@dockyard/exec';
import type { PreTasksExecution } from '@nx/devkit';
import type { PluginOptions } from './nodes.ts';

/** Before Nx hashes tasks: notes the modes and links of files, which it doesn't hash and its daemon doesn't watch. */
export const recordWorkspaceModes: PreTasksExecution<PluginOptions> = (_options, context) =>
  recordModes(exec, context.workspaceRoot);
