import { join } from 'node:path';
import { ancestorLayouts, type BuiltOutput, recordPassed, requireOutput, requireProject } from '@dockyard/build';
import { passedPath, type Project } from '@dockyard/project';
import { type Digest, layerFiles, readImage } from '@dockyard/oci';
import { formatFindings, runRules } from './findings.ts';
import type { ImageContents } from './image/contents.ts';
import { scanLayers } from './image/scan.ts';
import { RULES } from './rules.ts';

/** What {@link lintImage} takes. */
export interface LintImageOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** OCI platform. */
  readonly platform: string;
  readonly onLine: (line: string) => void;
}

/**
 * Looks at the layers of one platform's image, on any machine: nothing of it is run. Where it breaks no rule, a record of the digest is left.
 *
 * @returns whether it breaks none
 * @throws UserError where the definition has mistakes or the image isn't built
 */
export async function lintImage(o: LintImageOptions): Promise<boolean> {
  const project = requireProject(o.workspace, o.root);
  return await recordPassed(o.workspace, passedPath(project.project, o.platform, 'lint'), async () => {
    const built = await requireOutput(o.workspace, project.project, o.platform, 'image');
    const contents = await readContents(o, project, built);
    const findings = runRules(RULES, project.definition, (rule) => rule.image?.(contents));
    if (findings.length > 0) o.onLine(formatFindings(findings));
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    o.onLine(
      `${project.project} for ${o.platform}: ${String(errors)} errors, ${String(findings.length - errors)} warnings`,
    );
    return errors === 0 ? built.record.digest : undefined;
  });
}

async function readContents(
  { workspace, platform }: LintImageOptions,
  project: Project,
  { layout, record }: BuiltOutput,
): Promise<ImageContents> {
  const parents = await ancestorLayouts(workspace, record);
  const { manifest, config } = await readImage(join(workspace, layout));
  const inherited = new Set<Digest>();
  for (const parent of parents) for (const id of (await readImage(parent)).config.rootfs.diff_ids) inherited.add(id);
  const layers = await layerFiles({ layout: join(workspace, layout), parents });
  const scan = await scanLayers(
    layers.map((layer, index) => ({
      ...layer,
      own: !inherited.has(config.rootfs.diff_ids[index] ?? layer.layer.digest),
    })),
  );
  return { project, platform, manifest, config, ...scan };
}
