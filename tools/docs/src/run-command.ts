import type { ContainerSettings } from '@dockyard/dockerfile';

/** Programs that talk to whoever started them, where they get no argument. */
const INTERACTIVE = ['sh', 'bash', '/bin/sh', '/bin/bash', 'node'];

/**
 * The command that most people start an image with.
 *
 * @param reference `dockyard/redis:8`
 * @param name of the image, for the container and its volumes
 * @param settings what the image says of its containers
 * @returns a service runs detached with its ports published and its volumes named; anything else in the terminal
 */
export function runCommand(reference: string, name: string, settings: ContainerSettings): string {
  const { ports, volumes, command, healthcheck } = settings;
  const serves = ports.length > 0 || typeof healthcheck === 'object';
  if (serves) {
    const options = [
      ...ports.map((port) => `--publish ${published(port)}`),
      ...volumes.map((path) => `--volume ${name}-${lastPart(path)}:${path}`),
    ];
    return ['docker run --detach', `--name ${name}`, ...options, reference].join(' ');
  }
  const [program = '', ...args] = command ?? [];
  const interactive = args.length === 0 && INTERACTIVE.includes(program);
  return `docker run --rm ${interactive ? '--interactive --tty ' : ''}${reference}`;
}

/** Ports below 1024 are the machine's own: 80 is published as 8080. */
function published(port: string): string {
  const [range = '', protocol] = port.split('/');
  const suffix = protocol === 'tcp' || protocol === undefined ? '' : `/${protocol}`;
  if (range.includes('-')) return `${range}:${range}${suffix}`;
  const host = Number(range) < 1024 ? Number(range) + 8000 : Number(range);
  return `${String(host)}:${range}${suffix}`;
}

function lastPart(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? 'data';
}
