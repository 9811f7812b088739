import { createHash } from 'node:crypto';
import type { Observed } from './observed.ts';
import { type Area, GUARDED, type ManagedFile, type Resource, type Unit, type User } from './resource.ts';
import { quoteWord } from './shell.ts';

/** One step from how a host is to how it should be. */
export interface Change {
  readonly area: Area;
  /** What would be done, for a person. */
  readonly what: string;
  /** POSIX sh that does it, run as root with `set -eu`; safe to run twice. */
  readonly script: string;
  /** The part of it that cuts nothing off: of what is guarded it is done first, as the time until the rollback is short. Else absent. */
  readonly preparation?: string;
  /** Whether it may cut off the ssh session, so that a rollback has to be armed. */
  readonly guarded: boolean;
  /** It gives the host new facts, so what comes after it is planned anew. */
  readonly renews?: true;
  /** Variable of a token that isn't known here, without which it can't be done. */
  readonly missing?: string;
}

/**
 * Compares how a host should be with how it is. Pure.
 *
 * @param resources what it should have, in the order in which it is made
 * @param observed what it has
 * @returns what to do, in that order; empty where nothing is to be done
 */
export function plan(resources: readonly Resource[], observed: Observed): Change[] {
  const changed = new Set<string>();
  return resources.flatMap((resource): Change[] => {
    switch (resource.kind) {
      case 'packages': {
        const missing = resource.names.filter((name) => !observed.packages.has(name));
        for (const name of missing) changed.add(name);
        if (missing.length === 0) return [];
        return [
          {
            area: resource.area,
            what: `install ${missing.join(' ')}`,
            script: installScript(missing),
            guarded: false,
            renews: true,
          },
        ];
      }
      case 'file': {
        const what = fileDifference(resource, observed);
        if (what === undefined) return [];
        changed.add(resource.path);
        const missing = resource.secret?.known === false ? { missing: resource.secret.variable } : {};
        return [
          { area: resource.area, what, script: fileScript(resource), guarded: resource.path in GUARDED, ...missing },
        ];
      }
      case 'absent': {
        if (!observed.files.has(resource.path)) return [];
        const { area, path } = resource;
        changed.add(path);
        return [{ area, what: `remove ${path}`, script: `rm -f ${quoteWord(path)}\n`, guarded: false }];
      }
      case 'stopped': {
        const { area, name } = resource;
        const found = observed.units.get(name);
        if (found?.enabled !== 'enabled' && found?.active !== 'active') return [];
        const script = `systemctl -q disable ${name}\nsystemctl --no-block stop ${name}\n`;
        return [{ area, what: `stop ${name}, once its jobs have ended`, script, guarded: false }];
      }
      case 'user':
        return userChanges(resource, observed);
      case 'unit': {
        const change = unitChange(resource, observed, changed);
        return change === undefined ? [] : [change];
      }
    }
  });
}

function fileDifference(file: ManagedFile, observed: Observed): string | undefined {
  const found = observed.files.get(file.path);
  if (found === undefined) return `write ${file.path}`;
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const same =
    file.secret?.known === false ? found.masked === digest(file.secret.masked) : found.sha256 === digest(file.content);
  const differs = [
    ...(same ? [] : ['content']),
    ...(found.mode === file.mode ? [] : [`mode ${found.mode}, not ${file.mode}`]),
    ...(found.owner === file.owner ? [] : [`owner ${found.owner}, not ${file.owner}`]),
  ];
  return differs.length === 0 ? undefined : `rewrite ${file.path} (${differs.join(', ')})`;
}

/** Where only root writes. */
const STAGING = '/var/lib/dockyard/staging';

/**
 * Readers see the old file or the new one, with its mode and owner from the start. A folder of somebody else's is entered by one rename alone:
 * whatever root opened or gave away there could be a link by then that its owner put in its place.
 */
function fileScript({ path, content, mode, owner }: ManagedFile): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const encoded = Buffer.from(content)
    .toString('base64')
    .replaceAll(/.{1,76}/g, '$&\n');
  const foreign = owner !== 'root:root';
  // A name of its own for each: two who apply at once would write into one file, and a runner get the other's token.
  return `${foreign ? `mkdir -p -m 0700 ${STAGING}` : `mkdir -p ${folder}`}
new=$(mktemp ${foreign ? `${STAGING}/new` : `${path}.dockyard-new`}.XXXXXXXXXX)
trap 'rm -f "$new"' EXIT
base64 -d >"$new" <<'end of file'
${encoded}end of file
chown ${owner} "$new"
chmod ${mode} "$new"
sync "$new"
mv -fT "$new" ${path}
`;
}

/** apt's lists may be missing, or too old for what the mirror still has. */
function installScript(names: readonly string[]): string {
  return `export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install --yes --no-install-recommends ${names.join(' ')} </dev/null
`;
}

function userChanges(user: User, observed: Observed): Change[] {
  const found = observed.users.get(user.name);
  const rootless = user.subordinate !== undefined;
  const range = `${String(user.subordinate)}:65536`;
  const step = (what: string, script: string): Change => ({
    area: user.area,
    what,
    script,
    guarded: false,
    renews: true,
  });
  return [
    ...(found === undefined
      ? [
          step(
            `add the user ${user.name}`,
            `useradd --system --user-group --create-home --home-dir ${user.home} --shell /usr/sbin/nologin ${user.name}\nchmod 0700 ${user.home}\n`,
          ),
        ]
      : []),
    ...(['subuid', 'subgid'] as const)
      .filter((file) => rootless && found?.[file] !== range)
      .map((file) =>
        step(
          `give ${user.name} the ids ${range} in /etc/${file}`,
          `touch /etc/${file}
new=$(mktemp /etc/${file}.dockyard-new.XXXXXXXXXX)
trap 'rm -f "$new"' EXIT
{ grep -v '^${user.name}:' /etc/${file} || true; echo ${user.name}:${range}; } >"$new"
chmod 0644 "$new"
mv -f "$new" /etc/${file}
`,
        ),
      ),
    ...(!rootless || found?.linger === true
      ? []
      : [step(`start the services of ${user.name} at boot`, `loginctl enable-linger ${user.name}\n`)]),
  ];
}

function unitChange(unit: Unit, observed: Observed, changed: ReadonlySet<string>): Change | undefined {
  const key = unit.user === undefined ? unit.name : `${unit.user}/${unit.name}`;
  const found = observed.units.get(key) ?? { enabled: 'absent', active: 'unknown', since: 0, dropIns: [] };
  const paused = unit.unless !== undefined && observed.facts.paused;
  const asked = unit.onDemand !== true;
  const disabled = asked && found.enabled !== 'enabled' && found.enabled !== 'static' && found.enabled !== 'indirect';
  const running = found.active === 'active' || found.active === 'reloading';
  const inactive = asked && !running && !paused;
  const fresh = unit.reads.filter((path) => changed.has(path));
  const newer = unit.reads.filter((path) => (observed.files.get(path)?.modified ?? 0) > found.since);
  const unloaded = unit.name === 'dockyard-firewall.service' && observed.firewall !== 'same';
  const unset = unit.name === 'systemd-sysctl.service' && !observed.facts.forwarding;
  const stale = !paused && running && (fresh.length > 0 || newer.length > 0 || unloaded || unset);
  if (!disabled && !inactive && !stale) return undefined;
  const reasons = [
    ...(disabled ? [`it is ${found.enabled}`] : []),
    ...(inactive ? [`it is ${found.active}`] : []),
    ...(stale && unloaded ? ['the loaded rules are not those of its file'] : []),
    ...(stale && unset && fresh.length === 0 ? ['the kernel does not forward IPv6'] : []),
    ...(stale && !unloaded && !unset && fresh.length === 0 ? [`${newer.join(', ')} changed since it started`] : []),
  ];
  const verb = inactive || disabled ? 'enable and start' : 'restart';
  const manager = unit.user === undefined ? 'systemctl' : `systemctl --user --machine=${unit.user}@`;
  const enable = `${found.enabled.startsWith('masked') ? `${manager} -q unmask ${unit.name}\n` : ''}${manager} -q enable ${unit.name}\n`;
  const preparation = `${manager} daemon-reload\n${disabled ? enable : ''}`;
  const restart = paused ? '' : `${manager} restart ${unit.name}\n`;
  const change = { area: unit.area, what: `${verb} ${key}${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}` };
  return Object.values(GUARDED).includes(unit.name)
    ? { ...change, preparation, script: restart, guarded: true }
    : { ...change, script: `${preparation}${restart}`, guarded: false };
}
