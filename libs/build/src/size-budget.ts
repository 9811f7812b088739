import { type Definition, formatSize } from '@dockyard/definition';

/** By what part an image may outgrow the size that its definition declares. */
const TOLERANCE = 0.05;

/**
 * Compares an image with the size that its definition declares.
 *
 * @param project Nx project name
 * @param definition what image.yaml says
 * @param platform OCI platform
 * @param size bytes of all layers as compressed
 * @returns what is wrong and what to do; undefined where the image keeps within, or its platform has no declared size
 */
export function sizeExcess(
  project: string,
  definition: Pick<Definition, 'file' | 'sizes' | 'positions'>,
  platform: string,
  size: number,
): string | undefined {
  const declared = definition.sizes[platform];
  if (declared === undefined || size <= declared * (1 + TOLERANCE)) return undefined;
  const place = definition.positions?.[`sizes.${platform}`];
  const file = place?.file ?? definition.file;
  const growth = ((size / declared - 1) * 100).toFixed(1);
  return [
    `${file}${place === undefined ? '' : `:${String(place.line)}:${String(place.column)}`}  sizes.${platform}: ` +
      `the image has ${formatSize(size)}, ${growth} % more than the ${formatSize(declared)} that are declared; allowed: ${String(TOLERANCE * 100)} %`,
    `    if that is wanted, accept it: npx dockyard sizes --accept ${project}`,
  ].join('\n');
}
