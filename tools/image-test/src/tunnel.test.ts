import { expect, it } from 'vitest';
import { formatCommand } from '@dockyard/exec';
import { tunnelCommand } from './tunnel.ts';

it.each([
  ['ssh://me@arm:2222', '-p 2222 -l me -- arm'],
  ['ssh://arm', '-- arm'],
  ['ssh://[::1]:22', '-p 22 -- ::1'],
])('goes to %s', (host, end) => {
  expect(formatCommand(tunnelCommand(host, 5000, { host: '127.0.0.1', port: 32768 }))).toBe(
    `ssh -N -S none -o ExitOnForwardFailure=yes -o BatchMode=yes -L 127.0.0.1:5000:127.0.0.1:32768 ${end}`,
  );
});
