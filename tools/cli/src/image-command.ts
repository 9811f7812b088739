import { formatCommand } from '@dockyard/exec';
import type { ContainerConfig } from '@dockyard/oci';

/**
 * The command that runs an image, for a person to type.
 *
 * @param engine that the image was loaded into
 * @param name of the image
 * @param config of the image: its ports are published under their own numbers; a shell gets a terminal
 */
export function runCommand(
  engine: { readonly name: 'podman' | 'buildkit'; readonly host?: string },
  name: string,
  config: Pick<ContainerConfig, 'ExposedPorts' | 'Entrypoint' | 'Cmd'>,
): string {
  const ports = Object.keys(config.ExposedPorts ?? {}).map((port) => {
    const [number = '', protocol = 'tcp'] = port.split('/');
    return `${number}:${number}${protocol === 'tcp' ? '' : `/${protocol}`}`;
  });
  const words = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const shell = words.length === 0 || (words.length === 1 && /(^|\/)(ba|da)?sh$/.test(words[0] ?? ''));
  return formatCommand({
    command: engine.name === 'podman' ? 'podman' : 'docker',
    args: [
      'run',
      '--rm',
      ...(shell ? ['-it'] : []),
      ...ports.flatMap((port) => ['-p', port]),
      name,
      ...(words.length === 0 ? ['sh'] : []),
    ],
    ...(engine.host === undefined ? {} : { env: { DOCKER_HOST: engine.host } }),
  });
}
