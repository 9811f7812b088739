import { UserError } from '@dockyard/exec';
import { parseRepository, type RepositoryName } from '@dockyard/registry';

/**
 * Reads DOCKYARD_REGISTRIES: prefixes of repositories, separated by blanks or commas; the first one is where numbers of tags begin.
 *
 * @throws {UserError} it is empty or names something else
 */
export function registriesOf(env: Readonly<Record<string, string | undefined>>): RepositoryName[] {
  const names = (env['DOCKYARD_REGISTRIES'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0)
    throw new UserError('DOCKYARD_REGISTRIES names no registry to publish to.', {
      hint: 'Set it to one or more prefixes, such as registry.example.com/group/project docker.io/group.',
    });
  return names.map(parseRepository);
}
