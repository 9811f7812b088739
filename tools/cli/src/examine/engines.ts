import { detectEngine, type Engine, engineOfEnvironment, proveEngine } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { hasApt } from '../setup/apt.ts';
import { missingSettings } from '../setup/configure-podman.ts';
import { findProgram, mayBecomeRoot } from '../setup/facts.ts';
import type { Finding } from './finding.ts';

const NAMES = { podman: 'Podman', buildkit: 'Docker Engine' } as const;

/**
 * Looks at both engines, and proves those that are there; where the one that builds take doesn't work, says how to get one that does.
 *
 * @throws {UserError} DOCKYARD_ENGINE asks for one that doesn't exist
 */
export async function engines(): Promise<Finding[]> {
  const asked = engineOfEnvironment();
  const looks = await Promise.all([look('podman'), look('buildkit')]);
  const findings = looks.map(({ finding }) => finding);
  // In the order in which builds take them: one that is there is taken, whether or not it works.
  const taken = looks.toReversed().find(({ name, there }) => there && (asked ?? name) === name);
  if (taken?.finding.state === 'ok') return findings;
  if (taken !== undefined) {
    const other = looks.find(({ finding }) => finding.state === 'ok');
    const fix = other === undefined ? undefined : `DOCKYARD_ENGINE=${other.name} takes ${NAMES[other.name]} instead`;
    const found = `builds take ${NAMES[taken.name]}, which doesn't work`;
    return [
      ...findings,
      { what: 'an engine', state: 'missing', found, vital: true, ...(fix !== undefined && { fix }) },
    ];
  }
  const found = asked === undefined ? 'neither of the two can be used' : `DOCKYARD_ENGINE asks for ${NAMES[asked]}`;
  const fix = await waysToAnEngine();
  return [...findings, { what: 'an engine', state: 'missing', found, vital: true, fix }];
}

async function waysToAnEngine(): Promise<string> {
  if ((await findProgram('podman')) !== undefined) return 'mend Podman, or install a Docker Engine';
  return (await hasApt()) && (await mayBecomeRoot(process.getuid?.() ?? -1))
    ? 'npm run setup installs Podman'
    : 'install Podman (apt-get install podman), or a Docker Engine with buildx and the containerd image store';
}

interface Look {
  readonly name: Engine['name'];
  /** Builds would take it. */
  readonly there: boolean;
  readonly finding: Finding;
}

async function look(name: Engine['name']): Promise<Look> {
  const what = NAMES[name];
  let engine: Engine;
  try {
    engine = await detectEngine({ preferred: name });
  } catch (error) {
    return { name, there: false, finding: { what, state: 'note', vital: false, ...unusable(error) } };
  }
  const unset = name === 'podman' ? await missingSettings() : undefined;
  if (unset !== undefined) {
    const found = `${engine.version}, ${engine.architecture}, but needs ${unset.summary} in containers.conf`;
    const fix = 'npm run setup writes it';
    return { name, there: true, finding: { what, state: 'missing', found, vital: false, fix } };
  }
  return { name, there: true, finding: await proved(what, engine) };
}

/**
 * Proves an engine.
 *
 * @param what how the finding names it
 * @param engine to prove
 */
export async function proved(what: string, engine: Engine): Promise<Finding> {
  const { version, architecture } = engine;
  try {
    await proveEngine(engine);
    return {
      what,
      state: 'ok',
      found: `${version}, ${architecture}: builds, and starts containers with a network`,
      vital: false,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return { what, state: 'missing', found: error.message.replaceAll(/\n\s*/g, '\n'), vital: false, ...fix };
  }
}

/**
 * Reads why the one engine that was asked for can't be had, and what mends it.
 *
 * @param error what {@link detectEngine} threw: a heading, then what is wrong
 * @throws any other error
 */
export function unusable(error: unknown): { found: string; fix?: string } {
  if (!(error instanceof UserError)) throw error;
  const [heading = '', ...reason] = error.message.split('\n');
  const found = reason.length === 0 ? heading : reason.join(' ').replace(/^[-\s]+/, '');
  // Of itself it leads to doctor, which this is.
  return error.hint === undefined || error.hint.includes('doctor') ? { found } : { found, fix: error.hint };
}
