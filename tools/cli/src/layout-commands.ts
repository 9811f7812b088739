import { formatCommand } from '@dockyard/exec';

/** Where the printed commands push to. */
const REGISTRY = 'registry.example.com';

/**
 * The commands with which tools take a layout, for a person to type.
 *
 * @param o.folder path of the layout, as it would be typed
 * @param o.repository name of the image with its registry, which it has once it is loaded
 * @param o.tag under which the layout holds it
 * @returns rows: the tool, and its command
 */
export function layoutCommands(o: { folder: string; repository: string; tag: string }): [string, string][] {
  const target = `${REGISTRY}/${o.repository.replace(/^[^/]*\//, '')}:${o.tag}`;
  // A path without a slash would be a name of a registry to oras.
  const folder = /^(\.{0,2}\/)/.test(o.folder) ? o.folder : `./${o.folder}`;
  const command = (name: string, ...args: string[]): string => formatCommand({ command: name, args });
  return [
    // podman pull makes the folder's path the image's name.
    ...(['podman', 'docker'] as const).map((engine): [string, string] => [
      engine,
      `${command('tar', '-C', folder, '-c', '.')} | ${engine} load`,
    ]),
    ['skopeo', command('skopeo', 'copy', '--all', `oci:${folder}:${o.tag}`, `docker://${target}`)],
    ['crane', command('crane', 'push', folder, target)],
    ['oras', command('oras', 'copy', '--from-oci-layout', `${folder}:${o.tag}`, target)],
  ];
}
