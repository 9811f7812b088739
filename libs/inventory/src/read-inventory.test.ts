import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '@dockyard/diagnostic';
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

  it.each<[string, string, string]>([
    ['a command in a user', 'root@', '"$(id)"@'],
    ['an option of ssh in a user', 'root@', '-oProxyCommand=x@'],
    ['an encoded one', 'root@', '%2doProxyCommand=x@'],
    ['a command in a host', '[2001:db8::7]', 'h;id'],
    ['a token of ssh in a host', '[2001:db8::7]', '%h.example.com'],
    ['a port that is none', '[2001:db8::7]', 'h:0'],
    ['a line feed in a developer', 'ssh://builder@arm-1.example.com', '"ssh://bui\\nlder@h"'],
    ['a name with a path', 'arm-1:', '../arm-1:'],
    ['a name with a command', 'arm-1:', '"a`id`":'],
    ['a time server with an option', 'ntp.example.com', '-x'],
    ['two lines of time servers', '[ntp.example.com]', '["a\\nFallbackNTP=b"]'],
    ['an image that ends its text', 'registry.example.com/*', 'a\\"]'],
    ['an image with a control character', '[registry.example.com/*]', '["a\\x7fb"]'],
    ['a GitLab over http', 'https://gitlab', 'http://gitlab'],
    ['a token in the URL of GitLab', 'https://gitlab', 'https://oauth2:glpat-secret@gitlab'],
    ['a password of the package repository', 'https://packages', 'https://u:glpat-secret@packages'],
    ['a line of apt in a suite', 'suite: trixie', 'suite: "trixie\\nTrusted: yes"'],
    ['a key outside of the repository', 'runner.asc', '../../etc/shadow'],
    ['an absolute key', 'runner.asc', '/etc/shadow'],
    ['no room at all', '30 GB', '0 GB'],
    ['more than a shell can count', '30 GB', '99999999999 GB'],
    ['a negative size', '30 GB', '-1 GB'],
    ['a size with a command', '30 GB', '$(id) GB'],
    ['a concurrency without end', 'concurrency: 2', 'concurrency: 1e9'],
    ['a concurrency that is text', 'concurrency: 2', 'concurrency: "2; id"'],
    ['a platform twice', '[linux/arm64]', '[linux/arm64, linux/arm64]'],
  ])('refuses %s, with its place, and repeats no secret', (_, from, to) => {
    expect(WHOLE).toContain(from);
    const message = mistakes(WHOLE.replace(from, to));
    expect(message).toMatch(/^runners\.yaml:\d+:\d+ /);
    expect(message).not.toMatch(/glpat-/);
  });

  it.each([
    ['whose tokens have one variable', 'arm.1', 'ssh://other', 'the same variables as those of arm-1'],
    ['at one address', 'arm-2', 'ssh://root@[2001:db8::7]', 'arm-1 has this address already'],
    ['at one address, written otherwise', 'arm-2', 'ssh://admin@[2001:DB8:0::7]:22/', 'arm-1 has this address already'],
  ])('refuses two hosts %s', (_, name, address, message) => {
    const second = `  ${name}:\n    address: ${address}\n    platforms: [linux/arm64]\n    developers: ssh://d@h\n`;
    expect(mistakes(WHOLE + second)).toContain(message);
  });

  it('repeats no password', () => {
    expect(mistakes(WHOLE.replace('root@', 'root:secret@'))).toMatch(/password/);
    expect(mistakes(WHOLE.replace('root@', 'root:secret@'))).not.toMatch(/secret/);
  });
});
