import { resolve } from 'node:path';

/** Absolute path of the workspace root. */
export const WORKSPACE = resolve(import.meta.dirname, '..', '..', '..');
