import { expect, it } from 'vitest';
import { preparation } from './prepare.ts';

const kind = (engine: 'podman' | 'docker') =>
  ({ name: 'm', suite: 'trixie', engine, cgroups: 'v2', users: ['root', 'sudo', 'user'] }) as const;

it('the rights of a user are those that he is to have, and no others', () => {
  expect(preparation(kind('podman'), 'sudo')).toContain('NOPASSWD: ALL');
  expect(preparation(kind('podman'), 'user')).not.toMatch(/sudoers|docker|\/run\/user/);
  expect(preparation(kind('docker'), 'user')).toContain('usermod --append --groups docker dev');
  expect(preparation(kind('docker'), 'root')).not.toMatch(/sudoers|usermod/);
});
