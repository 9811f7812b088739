import { join, resolve } from 'node:path';
import { UserError } from '@dockyard/exec';

// A unix socket's path holds at most 107 bytes; the longest below DIR is OpenSSH's control socket (40 + 18 characters).
const LONGEST_DIRECTORY = 44;

// Short, because unix sockets lie in it, and outside of the checkout, because it serves all of them.
const LAB = '/var/tmp/dockyard-lab';

/**
 * Folder of the lab that all tests share.
 *
 * @param env environment: DOCKYARD_LAB names another one
 */
export function labFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['DOCKYARD_LAB'] ?? LAB;
}

/** Where the parts of a lab lie. */
export interface LabPaths {
  readonly dir: string;
  /** The private root that dockerd and sshd run in. */
  readonly root: string;
  /** Images and containers; outside of the root, so that a new root keeps them. */
  readonly data: string;
  /** DOCKER_CONFIG of whoever uses the lab. */
  readonly dockerConfig: string;
  /** Goes first on the PATH of whoever uses the lab. */
  readonly bin: string;
  readonly ssh: string;
  readonly dockerSocket: string;
  readonly dockerLog: string;
  readonly sshLog: string;
  /** The program of the reference registry, out of its Debian package. */
  readonly registry: string;
}

/**
 * Names the parts of a lab.
 *
 * @param dir the lab's folder; relative to the working directory when not absolute
 * @throws {UserError} the path is too long for the sockets that lie in it
 */
export function labPaths(dir: string): LabPaths {
  const path = resolve(dir);
  if (Buffer.byteLength(path) > LONGEST_DIRECTORY)
    throw new UserError(`The lab's folder has too long a path for a unix socket: ${path}`, {
      hint: `Choose one of at most ${String(LONGEST_DIRECTORY)} bytes, such as /var/tmp/lab.`,
    });
  return {
    dir: path,
    root: join(path, 'root'),
    data: join(path, 'data'),
    dockerConfig: join(path, 'docker'),
    bin: join(path, 'bin'),
    ssh: join(path, 'ssh'),
    dockerSocket: join(path, 'root', 'run', 'docker.sock'),
    dockerLog: join(path, 'dockerd.log'),
    sshLog: join(path, 'sshd.log'),
    registry: join(path, 'registry', 'docker-registry'),
  };
}
