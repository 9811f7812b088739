import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { planTags } from '@dockyard/definition';
import { replaceDirectory, writeFileAtomic } from '@dockyard/exec';
import { type Digest, joinIndex } from '@dockyard/oci';
import { annotationsOf } from './annotations.ts';
import { withOutputLock } from './lock-output.ts';
import { requireOutput, requireProject } from './parents.ts';
import { indexPath, indexProjection, loadedName } from '@dockyard/project';
import { nothingSelected } from '@dockyard/runner';
import { readRepository } from './repository.ts';
import { withScratch } from './scratch.ts';

/** What an index holds: `dist/images/<project>/index.json`, beside the layout. */
export interface IndexRecord {
  readonly schemaVersion: 1;
  readonly project: string;
  /** Digest of the image index. */
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Bytes of one platform are those of its configuration and layers, compressed. */
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest; readonly size: number }[];
  /** Platforms that the definition declares and that this index lacks. With any of them it can't be published. */
  readonly missing: readonly string[];
}

/**
 * Joins the images of the selected platforms into one image index.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.root folder of the definition, relative to the workspace root.
 * @param o.platforms the selected platforms.
 * @param o.onLine takes progress.
 * @returns the record, as written beside the layout.
 * @throws UserError where no platform is selected, or the image of one isn't there.
 */
export async function joinPlatforms(o: {
  workspace: string;
  root: string;
  platforms: readonly string[];
  onLine: (line: string) => void;
}): Promise<IndexRecord> {
  const { workspace } = o;
  const { definition, project } = requireProject(workspace, o.root);
  if (o.platforms.length === 0) throw nothingSelected(project, definition.platforms);
  const path = indexPath(project);
  await mkdir(join(workspace, dirname(path)), { recursive: true });
  return withOutputLock(workspace, path, o.onLine, () =>
    withScratch(workspace, `${project}-index-`, async (scratch) => {
      const outputs = await Promise.all(
        o.platforms.map((platform) => requireOutput(workspace, project, platform, 'image')),
      );
      const { subject, platforms: declared } = indexProjection(definition, o.platforms);
      const tags = planTags(definition);
      const output = join(scratch, 'layout');
      const { digest } = await joinIndex({
        images: outputs.map(({ record, layout }) => ({ platform: record.platform, layout: join(workspace, layout) })),
        output,
        annotations: annotationsOf(subject, { repository: await readRepository(workspace) }),
        name: { repository: loadedName(definition.image), tag: tags[0] ?? definition.version },
      });
      const record: IndexRecord = {
        schemaVersion: 1,
        project,
        digest,
        tags,
        platforms: outputs.map(({ record: { platform, digest: manifest, size } }) => ({
          platform,
          digest: manifest,
          size,
        })),
        missing: declared.filter((platform) => !o.platforms.includes(platform)),
      };
      await rm(join(workspace, `${path}.json`), { force: true });
      await replaceDirectory(output, join(workspace, path));
      await writeFileAtomic(join(workspace, `${path}.json`), `${JSON.stringify(record, undefined, 2)}\n`);
      if (record.missing.length > 0) {
        o.onLine(`The index lacks ${record.missing.join(', ')}, which the definition declares: it can't be published.`);
      }
      return record;
    }),
  );
}
