import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firewallRules } from './firewall.ts';

const found = await exec(
  { command: 'sh', args: ['-c', '[ "$(id -u)" = 0 ] && command -v nft ip unshare setpriv'] },
  { reject: false },
);
const JAILED = 65_534;

/** The kernel itself, in a network namespace of its own with nothing but an interface that leads nowhere. */
describe.skipIf(found.exitCode !== 0)('a job behind the firewall', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dockyard-firewall-'));
    await writeFile(
      join(folder, 'rules'),
      firewallRules({ sshPort: 22, jail: { user: JAILED, subordinate: 1_100_000 } }),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Sends a datagram to each address; returns those whose sending was refused. */
  const refused = async (addresses: readonly string[], port: number): Promise<string[]> => {
    const script = `set -eu
ip link set lo up
ip link add d0 type veth peer name d1
ip link set d1 up
ip link set d0 up
ip addr add 192.0.2.1/24 dev d0
ip -6 addr add 2001:db8::1/64 dev d0 nodad
ip route add default via 192.0.2.2
ip -6 route add default via 2001:db8::2
ip -6 route add fe80::/10 dev d0
nft -f ${folder}/rules
for address in ${addresses.join(' ')}; do
  setpriv --reuid=${String(JAILED)} --clear-groups bash -c "echo x >/dev/udp/$address/${String(port)}" 2>/dev/null || echo "$address"
done`;
    const { stdout } = await exec({ command: 'unshare', args: ['--net', 'bash', '-c', script] });
    return stdout.split('\n').filter((line) => line !== '');
  };

  it('reaches no metadata service, under whatever address', async () => {
    const metadata = [
      ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
      ...['fd00:ec2::254', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', 'fd00:42::42'],
      ...['64:ff9b::a9fe:a9fe', '64:ff9b::6464:64c8', '64:ff9b::a83f:8110', '64:ff9b::c000:c0'],
      ...['64:ff9b:1::a9fe:a9fe', '64:ff9b:1:7:8:9:a9fe:a9fe', '64:ff9b:1:ffff::a83f:8110', '2002:a9fe:a9fe::1'],
    ];
    expect(await refused(metadata, 80)).toEqual(metadata);
  });

  it('reaches everything else, and the name servers that have such an address', async () => {
    expect(
      await refused(
        ['198.51.100.1', '168.63.129.17', '2001:db8:1::1', '64:ff9b::c633:6401', '64:ff9b:1::c633:6401'],
        443,
      ),
    ).toEqual([]);
    expect(await refused(['168.63.129.16', '169.254.169.254', 'fd00:ec2::253'], 53)).toEqual([]);
  });
});
