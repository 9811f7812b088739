import type { ImageConfig } from '@dockyard/oci';

/** Whether an image runs a server: it exposes ports. */
export function isService({ config }: ImageConfig): boolean {
  return Object.keys(config?.ExposedPorts ?? {}).length > 0;
}
