import { detectEngine } from '../detect.ts';
import type { Engine } from '../types.ts';

const docker = process.env['DOCKYARD_TEST_DOCKER_HOST'];
const listed = process.env['DOCKYARD_TEST_ENGINES']?.split(',').filter((name) => name !== '');

/** The engines that integration tests run on: those `npm test` brought up, else podman and the Docker Engine that is named. */
export const ENGINES = (listed ?? ['podman', ...(docker === undefined ? [] : ['buildkit'])]) as Engine['name'][];

/** One of {@link ENGINES}. */
export function testEngine(name: Engine['name']): Promise<Engine> {
  return detectEngine({ preferred: name, ...(name === 'buildkit' && docker !== undefined ? { host: docker } : {}) });
}
