import { blobPath } from './digest.ts';
import { LayoutError } from './errors.ts';
import { createLayout, sorted, writeIndexJson, writeJsonBlob } from './output.ts';
import { descriptorPlatform, platformText, samePlatform, splitPlatform } from './platform.ts';
import { readImage } from './read.ts';
import type { LayoutImage } from './read.ts';
import { IMAGE_NAME, MEDIA_TYPES, REF_NAME } from './types.ts';
import type { Descriptor, Digest, ImageIndex } from './types.ts';

/** How an image in a layout is addressed, and what it is called where it is loaded. */
export interface LayoutName {
  /** with its registry, such as `docker.io/library/redis`: docker load finds no other again */
  readonly repository: string;
  /** by which tools address it in the layout (`oci:DIR:TAG`); a name with a colon is one that several can't read */
  readonly tag: string;
}

/** What {@link joinIndex} takes. */
export interface JoinIndexOptions {
  /** one entry a platform: `os/architecture[/variant]` and the folder of its layout, thin or full */
  readonly images: readonly { readonly platform: string; readonly layout: string }[];
  /** the folder to make, which must not exist */
  readonly output: string;
  /** for the index */
  readonly annotations: Readonly<Record<string, string>>;
  /** how tools address and name the index */
  readonly name?: LayoutName;
}

/**
 * Joins the images of several platforms into one OCI image index (OCI image spec 1.1, image-index.md). The output holds
 * the index and nothing that the layouts of the platforms hold: {@link materialize} makes it full, given those and their
 * parents.
 *
 * @returns digest of the index, and its entries, in the order of their platforms' names
 * @throws LayoutError when there is no image, a platform comes twice or isn't that of the image's configuration, when a
 *   layout can't be read, when `output` exists, or when the disk is full. `output` doesn't exist then.
 */
export async function joinIndex(
  options: JoinIndexOptions,
): Promise<{ digest: Digest; manifests: readonly Descriptor[] }> {
  const images: { name: string; layout: string; image: LayoutImage }[] = [];
  for (const { platform, layout } of options.images) {
    const image = await readImage(layout);
    checkPlatform(layout, platform, image);
    const name = platformText(image.config);
    const twin = images.find((other) => samePlatform(other.image.config, image.config));
    if (twin !== undefined) {
      throw new LayoutError(layout, `the platform ${name} comes twice`, {
        expected: 'one image a platform',
        found: `${twin.layout} has it too`,
      });
    }
    images.push({ name, layout, image });
  }
  if (images.length === 0) throw new LayoutError(options.output, 'an index needs at least one image');
  images.sort((one, other) => (one.name < other.name ? -1 : 1));

  return await createLayout(options.output, async (output) => {
    const annotations = sorted(options.annotations);
    const index: ImageIndex = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.index,
      manifests: images.map(({ image: { descriptor, config } }) => ({
        mediaType: descriptor.mediaType,
        digest: descriptor.digest,
        size: descriptor.size,
        platform: descriptorPlatform(config),
      })),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const descriptor = await writeJsonBlob(output, MEDIA_TYPES.index, index);
    await writeIndexJson(output, {
      ...descriptor,
      ...(options.name === undefined
        ? {}
        : {
            annotations: {
              [IMAGE_NAME]: `${options.name.repository}:${options.name.tag}`,
              [REF_NAME]: options.name.tag,
            },
          }),
    });
    return { digest: descriptor.digest, manifests: index.manifests };
  });
}

function checkPlatform(layout: string, platform: string, image: LayoutImage): void {
  const file = blobPath(layout, image.manifest.config.digest);
  if (samePlatform(splitPlatform(layout, platform), image.config)) return;
  throw new LayoutError(file, 'the image is of another platform', {
    expected: platform,
    found: platformText(image.config),
    hint: `the layout is ${layout}; build it again for ${platform}`,
  });
}
