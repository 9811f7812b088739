import { UserError } from '@dockyard/exec';
import { ROLLBACK_TIMER } from './guard.ts';
import type { Facts, Observed } from './observed.ts';
import { quoteWord } from './shell.ts';

/** What a probe looks at. */
export interface Footprint {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** A user's unit as `user/unit`. */
  readonly units: readonly string[];
  readonly users: readonly string[];
}

/** What else is asked of a host. */
export interface Questions {
  /** A server that it must reach. */
  readonly reach?: { readonly host: string; readonly port: number };
  /** User that should be able to use the Docker Engine. */
  readonly developer?: string;
}

/**
 * Writes the script that looks at a host: POSIX sh, changes nothing, prints tab-separated lines. Run as root.
 *
 * @param footprint what to look at; names must be plain words
 * @param questions words of the inventory
 */
export function probeScript(footprint: Footprint, { reach, developer }: Questions = {}): string {
  return `export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
fact() { printf 'fact\\t%s\\t%s\\n' "$1" "$2"; }
. /etc/os-release
fact system "$ID"
fact version "$VERSION_ID"
fact machine "$(uname -m)"
fact cores "$(nproc)"
fact memory "$(awk '/^MemTotal:/ { printf "%d", $2 * 1024 }' /proc/meminfo)"
fact sshPort "$(echo "$DOCKYARD_SSH" | cut -d ' ' -f 4)"
fact disk "$(df -B1 --output=avail,size /var/lib | tail -n 1)"
fact load "$(cut -d ' ' -f 1 /proc/loadavg)"
fact prefix "$(cat /etc/dockyard/prefix 2>/dev/null)"
fact docker "$(apt-cache policy docker.io 2>/dev/null | awk '/Installed:/ { i = $2 } /Candidate:/ { c = $2 } END { print i != "(none)" && i != "" ? i : c }')"
command -v docker >/dev/null && fact engine "$(timeout 10 docker version --format 'docker {{.Server.Version}}' 2>/dev/null)"
command -v podman >/dev/null && fact engine "$(timeout 10 podman --version 2>/dev/null | sed 's/ version//')"
uplink=$(ip -6 route show default 2>/dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
fact rootlessUid "$(id -u dockyard-unprotected 2>/dev/null)"
fact uplink "$uplink"
fact acceptRa "$(cat "/proc/sys/net/ipv6/conf/\${uplink:-default}/accept_ra" 2>/dev/null)"
fact forwarding "$(cat /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null)"
sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf 2>/dev/null | while read -r server; do fact nameserver "$server"; done
fact dns64 "$(timeout 5 getent ahostsv6 ipv4only.arpa 2>/dev/null | grep -v '^::ffff:' | grep -c STREAM)"
command -v docker >/dev/null && timeout 10 docker network inspect bridge --format '{{range .IPAM.Config}}{{println .Subnet}}{{end}}' 2>/dev/null |
  grep : | while read -r subnet; do fact bridge "$subnet"; done
command -v nft >/dev/null && nft list table ip6 nat 2>/dev/null | sed -n 's/.*ip6 saddr \\([^ ]*\\) .*masquerade.*/\\1/Ip' |
  while read -r subnet; do fact masqueraded "$subnet"; done
# timedatectl needs the bus, which a minimal system lacks.
fact synchronized "$(timedatectl show -p NTPSynchronized --value 2>/dev/null || { [ -e /run/systemd/timesync/synchronized ] && echo yes; })"
fact rebootRequired "$([ -e /run/reboot-required ] && echo yes)"
systemctl list-units --state=failed --plain --no-legend 2>/dev/null | while read -r unit rest; do fact failed "$unit"; done
fact passwords "$(sshd -T 2>/dev/null | sed -n 's/^passwordauthentication //p')"
${reach === undefined ? '' : `fact reached "$(timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${quoteWord(reach.host)} ${String(reach.port)} 2>/dev/null && echo yes || echo no)"\n`}${
    developer === undefined ? '' : `fact developer "$(id -nG -- ${quoteWord(developer)} 2>/dev/null || echo -)"\n`
  }fact armed "$(systemctl is-active --quiet ${ROLLBACK_TIMER} && echo yes)"
fact pruned "$(stat -c %Y /var/lib/dockyard/pruned 2>/dev/null)"
fact paused "$([ -e /run/dockyard/paused ] && echo yes)"
for path in ${footprint.files.join(' ')}; do
  if [ -f "$path" ]; then
    printf 'file\\t%s\\t%s\\t%s\\t%s\\n' "$path" "$(stat -c '%04a %U:%G %Y' "$path")" "$(sha256sum <"$path" | cut -d ' ' -f 1)" \\
      "$(sed 's/^\\( *token = \\).*/\\1"***"/' "$path" | sha256sum | cut -d ' ' -f 1)"
  elif [ -e "$path" ] || [ -L "$path" ]; then
    printf 'file\\t%s\\t0 ?:? 0\\t-\\n' "$path"
  fi
done
${footprint.packages.length === 0 ? '' : `dpkg-query -W -f='package\\t\${Package}\\t\${db:Status-Status}\\t\${Version}\\n' ${footprint.packages.join(' ')} 2>/dev/null`}
# One call for all of a manager's units: on a slow host each takes a second.
units() {
  prefix=$1
  shift
  systemctl "$@" 2>/dev/null | awk -v prefix="$prefix" 'BEGIN { RS = ""; FS = "\\n"; OFS = "\\t" }
    {
      split("", unit)
      for (i = 1; i <= NF; i++) { at = index($i, "="); unit[substr($i, 1, at - 1)] = substr($i, at + 1) }
      enabled = unit["UnitFileState"]
      if (enabled == "") enabled = unit["LoadState"] == "loaded" ? "absent" : unit["LoadState"]
      since = unit["ActiveEnterTimestamp"]
      sub(/^@/, "", since)
      print "unit", prefix unit["Id"], enabled, unit["ActiveState"], since + 0, unit["DropInPaths"]
    }'
}
show='show --timestamp=unix -p Id,LoadState,UnitFileState,ActiveState,ActiveEnterTimestamp,DropInPaths'
units '' $show ${footprint.units.filter((name) => !name.includes('/')).join(' ')}
for name in ${footprint.units.filter((name) => name.includes('/')).join(' ')}; do
  user=\${name%%/*}
  units "$user/" --user "--machine=$user@" $show "\${name#*/}"
done
for name in ${footprint.users.join(' ')}; do
  entry=$(getent passwd "$name") || continue
  printf 'user\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$name" "$(echo "$entry" | cut -d : -f 3)" "$(echo "$entry" | cut -d : -f 6)" \\
    "$(sed -n "s/^$name://p" /etc/subuid 2>/dev/null | head -n 1)" "$(sed -n "s/^$name://p" /etc/subgid 2>/dev/null | head -n 1)" \\
    "$([ -e "/var/lib/systemd/linger/$name" ] && echo yes)"
done
# A rule set in the kernel is written otherwise than in its file: the file is loaded into an empty network, and both are compared.
if ! command -v nft >/dev/null || ! loaded=$(nft -s list table inet dockyard 2>/dev/null); then
  fact firewall absent
elif [ "$loaded" = "$(unshare --net sh -c 'nft -f /etc/dockyard/firewall.nft && nft -s list table inet dockyard' 2>/dev/null)" ]; then
  fact firewall same
else
  fact firewall differs
fi
echo end
`;
}

/** RFC 4193, section 3: a /48 of its own, as `desired` writes it. */
const PREFIX = /^fd[0-9a-f]{2}(?::[0-9a-f]{1,4}){2}$/;

/**
 * Reads what the probe printed.
 *
 * @throws {UserError} it broke off, or a fact is missing
 */
export function readProbe(output: string): Observed {
  // It comes to a terminal in the end, and from a machine that may be somebody else's by now.
  const plain = output.replaceAll(/[^\t\n -~]/g, '?');
  const rows = plain.split('\n').map((line) => line.split('\t'));
  if (rows.at(-1)?.[0] !== 'end')
    throw new UserError('The host broke off while it was examined.', { hint: 'Try it again; is it shutting down?' });
  const of = (kind: string): string[][] => rows.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const all = (name: string): string[] =>
    of('fact').flatMap(([fact, value = '']) => (fact === name && value !== '' ? [value] : []));
  const one = (name: string): string => all(name)[0] ?? '';
  const optional = <K extends string>(name: K): Partial<Record<K, string>> =>
    one(name) === '' ? {} : ({ [name]: one(name) } as Record<K, string>);
  const [free = 0, total = 0] = one('disk').trim().split(/\s+/).map(Number);
  const facts: Facts = {
    system: one('system'),
    version: one('version'),
    machine: one('machine'),
    cores: Number(one('cores')),
    memory: Number(one('memory')),
    sshPort: Number(one('sshPort')),
    disk: { free, total },
    load: Number(one('load')),
    // Anything else in that file is drift, and nothing to build networks of.
    ...(PREFIX.test(one('prefix')) ? optional('prefix') : {}),
    ...optional('docker'),
    ...(one('rootlessUid') === '' ? {} : { rootlessUid: Number(one('rootlessUid')) }),
    engines: all('engine'),
    ...optional('uplink'),
    acceptRa: Number(one('acceptRa')),
    forwarding: one('forwarding') === '1',
    nameservers: all('nameserver'),
    dns64: Number(one('dns64')) > 0,
    bridge: all('bridge'),
    masqueraded: all('masqueraded'),
    synchronized: one('synchronized') === 'yes',
    rebootRequired: one('rebootRequired') === 'yes',
    failed: all('failed'),
    passwords: one('passwords') === 'yes',
    ...(one('reached') === '' ? {} : { reached: one('reached') === 'yes' }),
    ...(one('developer') === '' ? {} : { developer: one('developer').split(' ') }),
    armed: one('armed') === 'yes',
    pruned: Number(one('pruned')),
    paused: one('paused') === 'yes',
  };
  if (facts.machine === '' || !(facts.sshPort > 0 && facts.sshPort < 65_536))
    throw new UserError('The host did not say what machine it is, or which port its sshd listens on.', {
      hint: 'It must run Debian or Ubuntu, and be reached by its sshd.',
    });
  return {
    facts,
    files: new Map(
      of('file').map(([path = '', meta = '', sha256 = '', masked = '']) => {
        const [mode = '', owner = '', modified = ''] = meta.split(' ');
        return [path, { mode, owner, sha256, masked, modified: Number(modified) }];
      }),
    ),
    packages: new Map(
      of('package').flatMap(([name = '', state, version = '']) => (state === 'installed' ? [[name, version]] : [])),
    ),
    units: new Map(
      of('unit').map(([name = '', enabled = '', active = '', since = '', dropIns = '']) => [
        name,
        { enabled, active, since: Number(since), dropIns: dropIns.split(' ').filter((path) => path !== '') },
      ]),
    ),
    users: new Map(
      of('user').map(([name = '', uid, home = '', subuid = '', subgid = '', linger]) => [
        name,
        { uid: Number(uid), home, subuid, subgid, linger: linger === 'yes' },
      ]),
    ),
    firewall: one('firewall') === 'same' ? 'same' : one('firewall') === 'absent' ? 'absent' : 'differs',
  };
}
