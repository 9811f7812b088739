import type { Inventory } from '@dockyard/inventory';
import { CommandError, UserError } from '@dockyard/exec';
import type { Connection } from './connection.ts';
import { desired, FOOTPRINT, type Intent } from './desired/desired.ts';
import { armScript, confirmScript, ROLLBACK_SECONDS } from './guard.ts';
import { type Ailment, ailments } from './health.ts';
import type { Facts, Observed } from './observed.ts';
import { type Change, plan } from './plan.ts';
import { probeScript, type Questions, readProbe } from './probe.ts';
import type { Resource } from './resource.ts';
import { checkSupported } from './supported.ts';

/** How a host is, and what it lacks. */
export interface Examination {
  readonly observed: Observed;
  readonly changes: readonly Change[];
  readonly ailments: readonly Ailment[];
}

/**
 * Looks at a host, in one round trip, and changes nothing.
 *
 * @param resources what it should have, given what it is
 * @throws {UserError} it is not what the inventory says
 */
export async function examine(
  connection: Connection,
  intent: Intent,
  inventory: Pick<Inventory, 'file'>,
  resources: (facts: Facts) => Resource[] = (facts) => desired(intent, facts),
): Promise<Examination> {
  const script = probeScript(FOOTPRINT, questions(intent));
  const observed = readProbe(await connection.run(script, { timeoutMs: 180_000 }));
  checkSupported(intent.host, observed.facts, inventory.file);
  return {
    observed,
    changes: plan(resources(observed.facts), observed),
    ailments: ailments(intent.host, observed, Date.now() / 1000),
  };
}

function questions({ host, gitlab }: Intent): Questions {
  const url = gitlab === undefined ? undefined : new URL(gitlab.url);
  const developer = host.developers === undefined ? '' : new URL(host.developers).username;
  return {
    ...(url === undefined
      ? {}
      : { reach: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 443) } }),
    ...(developer === '' ? {} : { developer }),
  };
}

/** Twice as many as a bare host needs, of which each package list and each property of a user takes one. */
const ROUNDS = 20;

/**
 * Brings a host to how it should be, step by step. Each step may be done twice, so a run that was broken off is simply run again.
 *
 * @param options.look examines the host
 * @param options.step called with the number and text of each step, before it
 * @param options.confirm called before what might cut off the session, with what that is; false leaves it undone
 * @throws {UserError} a step failed, a token is missing, or the host could not be reached any more: what was changed then is rolled back by
 *   the host itself
 */
export async function applyChanges(
  connection: Connection,
  options: {
    readonly look: () => Promise<Examination>;
    readonly step: (text: string) => void;
    readonly confirm: (changes: readonly Change[]) => Promise<boolean>;
  },
): Promise<'nothing' | 'done' | 'declined'> {
  const first = await options.look();
  // What is seen now would not last.
  if (first.observed.facts.armed)
    throw new UserError('The host is about to take back a change of firewall or sshd that nobody confirmed.', {
      hint: `Another apply runs, or one broke off: apply again in ${String(ROLLBACK_SECONDS)} seconds.`,
    });
  let { changes } = first;
  if (changes.length === 0) return 'nothing';
  for (let round = 0; round < ROUNDS; round++) {
    const missing = changes.flatMap((change) => change.missing ?? []);
    if (missing.length > 0)
      throw new UserError(`The token of a runner is needed: ${missing.join(', ')}.`, {
        hint: 'Make the runner in GitLab (Settings, CI/CD, Runners), and put its glrt-… token in that environment variable.',
      });
    const open = changes.filter(({ guarded }) => !guarded);
    for (const [i, change] of open.entries()) {
      options.step(`${change.area}: ${change.what}`);
      await runStep(connection, change);
      // What renews is of one area where it follows each other: looking again once is enough.
      if (change.renews === true && open[i + 1]?.area !== change.area) break;
    }
    if (open.length === 0) {
      const guarded = changes.filter((change) => change.guarded);
      if (!(await options.confirm(guarded))) return 'declined';
      for (const change of guarded) options.step(`${change.area}: ${change.what}`);
      await applyGuarded(connection, guarded);
    }
    changes = (await options.look()).changes;
    if (changes.length === 0) return 'done';
  }
  throw new UserError(
    `The host does not stay as it was made. Left to do:\n${changes.map(({ area, what }) => `  ${area}: ${what}`).join('\n')}`,
    { hint: 'Does something else manage it, such as cloud-init, or another tool? journalctl -b says more.' },
  );
}

async function runStep(connection: Connection, change: Pick<Change, 'what' | 'script'>): Promise<void> {
  await connection.run(`set -eu\n${change.script}`).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`This step failed: ${change.what}\n${error.stderr.trim().split('\n').slice(-15).join('\n')}`, {
      hint: 'Mend it, and apply again: it goes on from here.',
      cause: error,
    });
  });
}

/** The new rules count as good once a connection that they had to admit has said so. */
async function applyGuarded(connection: Connection, changes: readonly Change[]): Promise<void> {
  const script = changes.map((change) => change.script).join('');
  // Seen to work before, a new connection tells something afterwards. And the first one after systemd-logind came to the host starts a user
  // manager, which takes a slow host half a minute: kept open, it has that behind it.
  await connection.renew();
  for (const { what, preparation } of changes)
    if (preparation !== undefined) await runStep(connection, { what, script: preparation });
  // The host counts from when it has armed the timer, which is later. A slow or busy one needs much of the time for the changes alone.
  const deadline = Date.now() + (ROLLBACK_SECONDS - 3) * 1000;
  const timeoutMs = (): number => Math.max(1000, deadline - Date.now());
  let failure = 'This change failed';
  try {
    await connection.run(`set -eu\n${armScript()}${script}`, { timeoutMs: timeoutMs() });
    failure = 'After this change no new ssh connection came through';
    await connection.run(`set -eu\n${confirmScript()}`, { fresh: true, timeoutMs: timeoutMs() });
  } catch (error) {
    if (!(error instanceof CommandError) || error.aborted) throw error;
    throw new UserError(
      `${failure}${error.timedOut ? ' in time' : ''}:\n${changes.map(({ what }) => `  ${what}`).join('\n')}\n${error.stderr.trim()}`,
      {
        hint: `The host takes it back by itself, ${String(ROLLBACK_SECONDS)} seconds after it was made. Then check it, and look at what it says of ssh and firewall.`,
        cause: error,
      },
    );
  }
}
