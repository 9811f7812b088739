import { expect, it } from 'vitest';
import { labPaths } from './paths.ts';
import { sshConfig, sshdConfig, sshWrapper } from './ssh-files.ts';

const paths = labPaths('/lab');

it('verifies the host and offers only the throw-away key', () => {
  const config = sshConfig(paths, 2200);
  for (const line of ['StrictHostKeyChecking yes', 'IdentitiesOnly yes', 'IdentityFile /lab/ssh/key', 'Port 2200'])
    expect(config).toContain(`  ${line}\n`);
});

it('listens on loopback only, without passwords', () => {
  expect(sshdConfig(2200)).toContain('ListenAddress 127.0.0.1:2200\n');
  expect(sshdConfig(2200)).toContain('PasswordAuthentication no\n');
});

it('passes its arguments on to the real ssh', () => {
  expect(sshWrapper(paths, '/usr/bin/ssh')).toBe(`#!/bin/sh\nexec /usr/bin/ssh -F '/lab/ssh/config' "$@"\n`);
});
