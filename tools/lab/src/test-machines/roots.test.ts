import { describe, expect, it } from 'vitest';
import { type MachineKind, MACHINES } from './catalog.ts';
import { nodeCommand, rootArguments } from './roots.ts';

function machine(name: string): MachineKind {
  const kind = MACHINES.find((each) => each.name === name);
  if (kind === undefined) throw new Error(name);
  return kind;
}

describe('rootArguments', () => {
  it('asks for a Debian with its own Node, and no engine', () => {
    expect(rootArguments(machine('debian-13'), '/r')).toEqual([
      '--quiet',
      '--variant=apt',
      '--aptopt=Acquire::Check-Valid-Until "false"',
      '--include=ca-certificates,git,mount,passwd,sudo,nodejs,npm',
      '--customize-hook=chroot "$1" useradd --create-home --uid 1000 --shell /bin/bash dev',
      'trixie',
      '/r',
    ]);
  });

  it('takes of experimental only what is named, from the mirror of the suite', () => {
    const args = rootArguments(machine('experimental'), '/r');
    expect(args).toContain(
      `--customize-hook=sed 's/ sid / experimental /' "$1/etc/apt/sources.list" >"$1/etc/apt/sources.list.d/experimental.list"`,
    );
    expect(args.join('\n')).toMatch(/printf 'Package: podman .*\\nPin: release a=experimental\\nPin-Priority: 990\\n'/);
  });

  it('brings an engine where one is to be there', () => {
    expect(rootArguments(machine('sid-docker'), '/r').join()).toContain('docker.io,docker-buildx,docker-cli,iptables');
  });

  it.each(MACHINES)('names no host ($name)', (kind) => {
    expect(rootArguments(kind, '/r').join(' ')).not.toMatch(/https?:|\.(org|com)\b/);
  });
});

it('nodeCommand installs where an administrator would, whatever project we are called in', () => {
  expect(nodeCommand('/r', { node: '22', npm: '11' })).toEqual({
    command: 'npm',
    args: [
      ...['install', '--global', '--prefix', '/r/usr/local'],
      ...['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
      ...[`node-linux-${process.arch}@22`, 'npm@11'],
    ],
    cwd: '/',
  });
});
