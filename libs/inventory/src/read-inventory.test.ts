import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '@dockyard/definition';
import { readInventory } from './read-inventory.ts';

const WHOLE = `gitlab:
  url: https://gitlab.example.com
  packages:
    url: https://packages.example.com/runner
    suite: trixie
    key: runner.asc
hosts:
  arm-1:
    address: ssh://root@[2001:db8::7]
    platforms: [linux/arm64]
    network: ipv6
    timeServers: [ntp.example.com]
    developers: ssh://builder@arm-1.example.com
    disk: { budget: 30 GB, days: 7, reserve: 4 GB }
    runners:
      - trust: protected
        socket: true
        concurrency: 2
      - trust: unprotected
        images: [registry.example.com/*]
`;

function mistakes(text: string): string {
  const result = readInventory(text, 'runners.yaml');
  return result.ok ? '' : formatDiagnostics(result.diagnostics);
}

describe('readInventory', () => {
  it('reads a whole one', () => {
    expect(readInventory(WHOLE, 'runners.yaml')).toEqual({
      ok: true,
      value: {
        file: 'runners.yaml',
        gitlab: {
          url: 'https://gitlab.example.com',
          image: 'debian:13',
          packages: {
            url: 'https://packages.example.com/runner',
            suite: 'trixie',
            component: 'main',
            key: 'runner.asc',
          },
        },
        hosts: [
          {
            name: 'arm-1',
            address: 'ssh://root@[2001:db8::7]',
            platforms: ['linux/arm64'],
            network: 'ipv6',
            timeServers: ['ntp.example.com'],
            developers: 'ssh://builder@arm-1.example.com',
            disk: { budget: 30e9, days: 7, reserve: 4e9 },
            runners: [
              { trust: 'protected', socket: true, concurrency: 2, images: [], position: { line: 16, column: 9 } },
              {
                trust: 'unprotected',
                socket: false,
                images: ['registry.example.com/*'],
                position: { line: 19, column: 9 },
              },
            ],
            position: { line: 9, column: 5 },
          },
        ],
      },
    });
  });

  it.each([
    [
      'the socket for unprotected jobs',
      WHOLE.replace('        images: [registry.example.com/*]', '        socket: true'),
      'runners.yaml:20:17  hosts.arm-1.runners.1.socket: unprotected jobs never get the Docker socket',
    ],
    ['a second runner of one trust', WHOLE.replace('unprotected', 'protected'), ':19:16  hosts.arm-1.runners.1.trust'],
    ['a word that is nearly right', WHOLE.replace('unprotected', 'unproteced'), 'did you mean unprotected?'],
    ['runners without GitLab', WHOLE.slice(WHOLE.indexOf('hosts:')), 'there is no GitLab instance to serve'],
    ['another field', WHOLE.replace('network: ipv6', 'netwerk: ipv6'), ':11:5  hosts.arm-1.netwerk: unknown field'],
    ['an address with a password', WHOLE.replace('root@', 'root:secret@'), ':9:14  hosts.arm-1.address'],
    ['a time server that is none', WHOLE.replace('[ntp.example.com]', '["a b"]'), ':12:19  hosts.arm-1.timeServers'],
    ['a size without unit', WHOLE.replace('30 GB', '30'), ':14:21  hosts.arm-1.disk.budget: found the number 30'],
    ['a wrong platform', WHOLE.replace('[linux/arm64]', '[linux/aarch64]'), 'did you mean linux/arm64?'],
    ['a name that is none', WHOLE.replace('arm-1:', '"arm 1":'), ':8:3  hosts.arm 1: found "arm 1"'],
    ['a host for nobody', 'hosts:\n  a:\n    address: ssh://a\n    platforms: [linux/amd64]\n', 'would serve nobody'],
    [
      'developers where there is no Docker Engine',
      WHOLE.replace('      - trust: protected\n        socket: true\n        concurrency: 2\n', ''),
      ':13:17  hosts.arm-1.developers',
    ],
    ['broken YAML', 'hosts: [\n', 'YAML:'],
    ['nothing', '', 'allowed: a mapping with `hosts`'],
  ])('refuses %s, with its place', (_, text, message) => {
    expect(mistakes(text)).toContain(message);
  });

  it('repeats no password', () => {
    expect(mistakes(WHOLE.replace('root@', 'root:secret@'))).toMatch(/password/);
  });
});
