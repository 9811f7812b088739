import { UserError } from '@dockyard/exec';

/** What the executor of `test:<arch>` tells its tests, as environment variables. */
export interface TestEnvironment {
  /** DOCKYARD_TEST_IMAGE: what the engine calls the loaded image. */
  readonly image: string;
  /** DOCKYARD_TEST_WITH: what the engine calls the other images that the definition lists in testWith, as JSON by the name that stands there. */
  readonly others: Readonly<Record<string, string>>;
  /** DOCKYARD_TEST_PLATFORM, such as `linux/arm64`. */
  readonly platform: string;
  /** DOCKYARD_TEST_PROJECT: the Nx project. */
  readonly project: string;
  /** DOCKYARD_TEST_LABEL, `key=value`: carried by all that a test makes, so that the executor can remove what is left. */
  readonly label: readonly [key: string, value: string];
  /** DOCKYARD_TEST_RECORD: absolute path of the image's `image.json`. */
  readonly record: string;
  /** DOCKYARD_ENGINE. */
  readonly engine: 'podman' | 'buildkit';
  /** DOCKER_HOST of the runner's Docker Engine; absent for this machine's default. */
  readonly host?: string;
}

/**
 * Reads what the executor told.
 *
 * @param env environment variables
 * @throws {UserError} the tests weren't started by the executor
 */
export function readEnvironment(env: NodeJS.ProcessEnv): TestEnvironment {
  const get = (name: string): string => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw new UserError(`${name} is not set, so no image is under test`, {
      hint: 'Tests of an image run by their target: npx nx run redis:test:amd64',
    });
  };
  const label = get('DOCKYARD_TEST_LABEL');
  const [key = '', value] = label.split('=', 2);
  if (value === undefined) throw new UserError(`DOCKYARD_TEST_LABEL must be key=value, not ${JSON.stringify(label)}`);
  const engine = get('DOCKYARD_ENGINE');
  if (engine !== 'podman' && engine !== 'buildkit')
    throw new UserError(`DOCKYARD_ENGINE must be podman or buildkit, not ${JSON.stringify(engine)}`);
  const host = env['DOCKER_HOST'];
  return {
    image: get('DOCKYARD_TEST_IMAGE'),
    // Written by the executor.
    others: JSON.parse(get('DOCKYARD_TEST_WITH')) as Record<string, string>,
    platform: get('DOCKYARD_TEST_PLATFORM'),
    project: get('DOCKYARD_TEST_PROJECT'),
    label: [key, value],
    record: get('DOCKYARD_TEST_RECORD'),
    engine,
    // Podman takes no part in DOCKER_HOST.
    ...(engine === 'podman' || host === undefined || host === '' ? {} : { host }),
  };
}
