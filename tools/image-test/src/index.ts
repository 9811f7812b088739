import type { StartOptions } from '@dockyard/engine';
import { afterAll, beforeEach } from 'vitest';
import { imageUnderTest } from './image-under-test.ts';
import { Session } from './session.ts';
import type { StartedContainer } from './started-container.ts';
import { compareVersions } from './version.ts';
import { writeFiles } from './volume-of.ts';

export { type CertificateAuthority, certificateAuthority } from './certificates.ts';
export { type AddedFile, type ImageUnderTest, imageUnderTest } from './image-under-test.ts';
export type { StartedContainer, WaitOptions } from './started-container.ts';

/** How to start a container; `image` is the image under test unless given. */
export type ContainerOptions = Omit<StartOptions, 'image'> & { readonly image?: string };

// One per test file, as vitest gives each its own modules.
const session = new Session(process.env);

/**
 * Starts a container of the image under test. It is removed after the test that started it, or after the file's last test where a hook such as
 * `beforeAll` did; if a test fails, its log is printed. What a killed run leaves is removed by the executor, by label.
 *
 * @param options command, environment, `ports` to publish, volumes, user …
 * @throws {CommandError} the engine refuses
 */
export function container(options: ContainerOptions = {}): Promise<StartedContainer> {
  return session.start(options);
}

/**
 * Starts a container whose program says its version, and checks that this is the very version of the definition.
 *
 * @param pattern finds the version in the container's log, in a group of the name `version`: `/^nginx version: nginx\/(?<version>\S+)$/m`
 * @param options as {@link container} takes them
 * @returns the container
 * @throws {Error} the program says another version, or none
 */
export async function expectVersion(pattern: RegExp, options: ContainerOptions = {}): Promise<StartedContainer> {
  const started = await container(options);
  const { groups } = await started.waitForLog(pattern);
  const { config } = await imageUnderTest().config();
  compareVersions(groups?.['version'], config?.Labels?.['org.opencontainers.image.version']);
  return started;
}

/**
 * Creates a named volume, on the engine's machine. It is removed like a container.
 *
 * @returns its name, for the option `volumes` of {@link container}
 */
export function volume(): Promise<string> {
  return session.createVolume();
}

/**
 * What the engine calls another image of the repository, for the option `image` of {@link container}.
 *
 * @param name as `testWith` in image.yaml has it, such as `postgres:17`
 * @throws {UserError} it isn't listed there
 */
export function imageOf(name: string): string {
  return session.imageOf(name);
}

/**
 * Creates a network on which containers reach each other by their aliases. It is removed like a container.
 *
 * @returns its name, for the option `network` of {@link container}
 */
export function network(): Promise<string> {
  return session.createNetwork();
}

/**
 * Creates a named volume that holds files. Engines may be far away, so nothing of this machine can be mounted: a container of the image under
 * test, which needs a shell, writes them as root.
 *
 * @param files text by path within the volume; everybody may read it
 * @returns the volume's name
 * @throws {CommandError} the image has no shell
 */
export async function volumeOf(files: Readonly<Record<string, string>>): Promise<string> {
  const name = await volume();
  const writer = await container({
    user: '0',
    entrypoint: ['sleep', '600'],
    volumes: [{ name, target: '/volume' }],
  });
  await writeFiles(writer, '/volume', files);
  return name;
}

beforeEach(({ task, onTestFinished }) => {
  const owner = task.id;
  session.owner = owner;
  onTestFinished(async () => {
    if (task.result?.state === 'fail') for (const log of await session.describeLogs(owner)) console.error(log);
    session.owner = undefined;
    await session.removeOf(owner);
  });
});

afterAll(() => session.close());
