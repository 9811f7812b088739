import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProject } from '@dockyard/build';
import { PLATFORMS } from '@dockyard/definition';
import { detectEngine } from '@dockyard/engine';
import { exec, UserError } from '@dockyard/exec';
import { configuredRemotes, runsNatively, thisMachine } from '@dockyard/runner';
import { labAvailability } from '@dockyard/lab';
import { findDebianMirrors } from '@dockyard/sources';
import { containersConf } from './setup/containers-conf.ts';
import { containerFacts, findProgram, mayBecomeRoot } from './setup/facts.ts';
import { formatBytes } from './text.ts';
import { WORKSPACE } from './root.ts';
import { imageProjects } from './workspace.ts';

/** One thing that doctor looked at. */
export interface Finding {
  readonly what: string;
  /** `note`: absent, and builds work without. */
  readonly state: 'ok' | 'missing' | 'note';
  readonly found: string;
  readonly fix?: string;
  /** Whether nothing can be built where it is missing. */
  readonly vital: boolean;
}

const ROOM = 10e9;

/** Looks at everything that a build on this machine needs; changes nothing. */
export async function examine(): Promise<Finding[]> {
  const parts = await Promise.all([
    nx(),
    engine('podman'),
    engine('buildkit'),
    platforms(),
    remotes(),
    disk(),
    debian(),
    gpg(),
    lab(),
  ]);
  const findings = [...node(), ...parts.flat(), ...definitions()];
  const engines = findings.filter(({ what }) => ENGINES.some((name) => what === name));
  if (engines.some(({ state }) => state === 'ok')) return findings;
  return [
    ...findings,
    {
      what: 'an engine',
      state: 'missing',
      found: 'neither of the two works',
      vital: true,
      fix: (await mayInstall())
        ? 'npm run image <project> installs Podman'
        : 'install Podman (apt-get install podman), or a Docker Engine with buildx and the containerd image store',
    },
  ];
}

const NAMES = { podman: 'Podman', buildkit: 'Docker Engine' } as const;
const ENGINES: readonly string[] = Object.values(NAMES);

function node(): Finding[] {
  return [{ what: 'Node', state: 'ok', found: process.versions.node, vital: true }];
}

async function nx(): Promise<Finding[]> {
  const text = await readFile(join(WORKSPACE, 'node_modules', 'nx', 'package.json'), 'utf8');
  return [{ what: 'Nx', state: 'ok', found: (JSON.parse(text) as { version: string }).version, vital: true }];
}

async function engine(preferred: 'podman' | 'buildkit'): Promise<Finding[]> {
  const what = NAMES[preferred];
  try {
    const { version, architecture } = await detectEngine({ preferred });
    const found = `${version}, ${architecture}, exports OCI layouts`;
    const unset = preferred === 'podman' ? await podmanSettings() : undefined;
    if (unset === undefined) return [{ what, state: 'ok', found, vital: false }];
    return [
      {
        what,
        state: 'ok',
        found,
        vital: false,
        fix: `needs ${unset} in containers.conf; npm run image <project> writes it`,
      },
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [, reason = error.message, fix] = error.message.split('\n').map((line) => line.replace(/^[-\s]+/, ''));
    return [{ what, state: 'note', found: reason, vital: false, ...(fix === undefined ? {} : { fix }) }];
  }
}

async function podmanSettings(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const text = containersConf(await containerFacts(process.getuid?.() ?? -1));
  return text
    ?.split('\n')
    .filter((line) => line.includes('='))
    .join(', ');
}

async function mayInstall(): Promise<boolean> {
  return (await findProgram('apt-get')) !== undefined && (await mayBecomeRoot(process.getuid?.() ?? -1));
}

async function platforms(): Promise<Finding[]> {
  const machine = thisMachine();
  const native = PLATFORMS.filter((platform) => runsNatively(machine.platform, platform));
  const registered = await Promise.all(
    Object.entries(QEMU).map(async ([platform, name]) => {
      const text = await readFile(`/proc/sys/fs/binfmt_misc/qemu-${name}`, 'utf8').catch(() => '');
      return text.startsWith('enabled') ? [platform] : [];
    }),
  );
  const emulated = registered.flat().filter((platform) => !native.includes(platform as (typeof PLATFORMS)[number]));
  return [
    { what: 'native platforms', state: 'ok', found: native.join(', ') || machine.description, vital: true },
    {
      what: 'emulation',
      state: 'note',
      found:
        emulated.length === 0
          ? 'none registered; nothing is ever emulated unasked'
          : `${emulated.join(', ')}, only when asked: DOCKYARD_EMULATE`,
      vital: false,
    },
  ];
}

const QEMU = {
  'linux/amd64': 'x86_64',
  'linux/arm64': 'aarch64',
  'linux/arm/v7': 'arm',
  'linux/386': 'i386',
  'linux/ppc64le': 'ppc64le',
  'linux/s390x': 's390x',
  'linux/riscv64': 'riscv64',
} as const;

async function remotes(): Promise<Finding[]> {
  const configured = configuredRemotes(process.env, WORKSPACE);
  if (configured.length === 0) {
    return [
      {
        what: 'remote runners',
        state: 'note',
        found: 'none; DOCKYARD_RUNNERS or .dockyard/runners.yaml adds platforms',
        vital: false,
      },
    ];
  }
  return Promise.all(
    configured.map(async ({ platform, host, source }): Promise<Finding> => {
      const what = `runner of ${platform}`;
      try {
        const { version, architecture } = await detectEngine({ preferred: 'buildkit', host });
        return { what, state: 'ok', found: `${host}, Docker Engine ${version}, ${architecture}`, vital: false };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const found = error.message.split('\n')[1]?.replace(/^[-\s]+/, '') ?? error.message;
        return {
          what,
          state: 'missing',
          found,
          vital: false,
          fix: `try it: DOCKER_HOST=${host} docker version (${source})`,
        };
      }
    }),
  );
}

async function disk(): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(WORKSPACE);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free`;
  if (free >= ROOM) return [{ what: 'disk', state: 'ok', found, vital: false }];
  return [
    {
      what: 'disk',
      state: 'note',
      found,
      vital: false,
      fix: `builds like to have ${formatBytes(ROOM)}; npx nx reset frees the cache`,
    },
  ];
}

async function debian(): Promise<Finding[]> {
  const what = 'debian: sources';
  try {
    const mirrors = await findDebianMirrors(exec);
    return [{ what, state: 'ok', found: `from ${mirrors.length} mirrors`, vital: false }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [
      {
        what,
        state: 'note',
        found: error.message,
        vital: false,
        ...(error.hint === undefined ? {} : { fix: error.hint }),
      },
    ];
  }
}

async function gpg(): Promise<Finding[]> {
  const what = 'signatures (gpg)';
  if ((await findProgram('gpg')) !== undefined) return [{ what, state: 'ok', found: 'gpg', vital: false }];
  return [
    {
      what,
      state: 'note',
      found: 'not installed; only definitions with a signature need it',
      vital: false,
      fix: 'install gpg (apt-get install gpg)',
    },
  ];
}

function definitions(): Finding[] {
  const what = 'definitions';
  const known = imageProjects(WORKSPACE);
  const broken = [...known].filter(([, root]) => {
    try {
      requireProject(WORKSPACE, root);
      return false;
    } catch (error) {
      if (error instanceof UserError) return true;
      throw error;
    }
  });
  if (broken.length === 0) return [{ what, state: 'ok', found: [...known.keys()].sort().join(', '), vital: false }];
  const names = broken.map(([name]) => name).join(', ');
  return [
    { what, state: 'missing', found: `mistakes in ${names}`, vital: true, fix: 'npx nx show projects prints them' },
  ];
}

async function lab(): Promise<Finding[]> {
  const availability = await labAvailability();
  const what = 'lab for npm test';
  if (availability.available) return [{ what, state: 'ok', found: 'a Docker Engine can be made here', vital: false }];
  return [{ what, state: 'note', found: availability.reason, vital: false }];
}
