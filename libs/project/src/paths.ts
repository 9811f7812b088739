import { join } from 'node:path';
import { archSuffix } from '@dockyard/definition';

/** What a build leaves: the artifacts of a compile, or one platform's image. */
export type OutputKind = 'artifacts' | 'image';

/** The folder that holds a folder of outputs for each project, relative to the workspace root. */
export const OUTPUTS = 'dist/images';

/** Where one output of a project lies, relative to the workspace root. */
export interface OutputPaths {
  /** The thin OCI image layout. */
  readonly layout: string;
  /** The record beside it (`image.json` or `artifacts.json`), written last: where it exists, the layout is whole. */
  readonly record: string;
  /** The engine's whole log of the last build. */
  readonly log: string;
}

/**
 * Names the files of one output of a project.
 *
 * @param project Nx project name, such as `redis` or `php-8.4`.
 * @param platform OCI platform, such as `linux/arm64`.
 * @param kind artifacts or image.
 * @returns paths relative to the workspace root.
 */
export function outputPaths(project: string, platform: string, kind: OutputKind): OutputPaths {
  const output = `${OUTPUTS}/${project}/${archSuffix(platform)}/${kind}`;
  return { layout: output, record: `${output}.json`, log: `${output}.log` };
}

/**
 * Names what a test of one platform's image leaves, relative to the workspace root.
 *
 * @param project Nx project name.
 * @param platform OCI platform.
 * @returns `record`: which digest passed; `report`: JUnit's XML.
 */
export function testPaths(project: string, platform: string): { record: string; report: string } {
  const folder = `${OUTPUTS}/${project}/${archSuffix(platform)}`;
  return { record: `${folder}/test.json`, report: `${folder}/junit.xml` };
}

/**
 * Names the record that a task leaves where it passed: it says on which digest. That of `test` is in {@link testPaths}.
 *
 * @param project Nx project name.
 * @param platform OCI platform.
 * @param task `lint` passes on an image, `check` on artifacts.
 * @returns path relative to the workspace root.
 */
export function passedPath(project: string, platform: string, task: 'lint' | 'check'): string {
  return `${OUTPUTS}/${project}/${archSuffix(platform)}/${task}.json`;
}

/**
 * Names the log of upstream's own tests of one platform.
 *
 * @param project Nx project name.
 * @param platform OCI platform.
 * @returns path relative to the workspace root.
 */
export function checkLogPath(project: string, platform: string): string {
  return `${OUTPUTS}/${project}/${archSuffix(platform)}/check.log`;
}

/**
 * Names the log of the tests of one platform's image.
 *
 * @param project Nx project name.
 * @param platform OCI platform.
 * @returns path relative to the workspace root.
 */
export function testLogPath(project: string, platform: string): string {
  return `${OUTPUTS}/${project}/${archSuffix(platform)}/test.log`;
}

/**
 * Names the folder of a project's image index.
 *
 * @param project Nx project name.
 * @returns path relative to the workspace root.
 */
export function indexPath(project: string): string {
  return `${OUTPUTS}/${project}/index`;
}

/**
 * Names a file of locked Debian packages, relative to the folder of the definition.
 *
 * @param use the build that installs them.
 * @param platform OCI platform.
 * @returns such as `packages/image.amd64.json`.
 */
export function packageLockPath(use: 'compile' | 'image', platform: string): string {
  return `packages/${use}.${archSuffix(platform)}.json`;
}

/** Scratch folder of a workspace, on the file system of its outputs so that hard links and renames work. */
export function scratchFolder(workspace: string): string {
  return join(workspace, '.dockyard', 'tmp');
}
