import type { SyntheticImage } from './synthetic.ts';

/**
 * Writes the same images as a bake file of docker buildx: one target an image, each parent as a named context that is another target.
 *
 * @param images the definitions
 * @returns docker-bake.json (https://docs.docker.com/build/bake/reference/), whose default group is all of them
 */
export function bakeFile(images: readonly SyntheticImage[]): string {
  const nameOf = (image: SyntheticImage, use: 'image' | 'compile'): string =>
    `${image.project.replaceAll('.', '_')}-${use}`;
  const target = (image: SyntheticImage, use: 'image' | 'compile', dockerfile: string): object => {
    const from = use === 'image' ? image.parent : image.toolchain;
    return {
      context: image.root,
      dockerfile,
      platforms: image.platforms,
      args: { VERSION: image.reference.replace(/^.*:/, '') },
      contexts: {
        ...(from !== undefined && { [from.reference]: `target:${nameOf(from, 'image')}` }),
        ...(use === 'image' &&
          image.dockerfiles.compile !== undefined && { artifacts: `target:${nameOf(image, 'compile')}` }),
      },
      ...(use === 'image' ? { tags: [image.reference] } : { output: ['type=cacheonly'] }),
    };
  };
  const targets = images.flatMap((image) => [
    ...(image.dockerfiles.compile === undefined
      ? []
      : [[nameOf(image, 'compile'), target(image, 'compile', image.dockerfiles.compile)]]),
    [nameOf(image, 'image'), target(image, 'image', image.dockerfiles.image)],
  ]);
  return JSON.stringify({
    group: { default: { targets: images.map((image) => nameOf(image, 'image')) } },
    target: Object.fromEntries(targets) as object,
  });
}
