import { PLATFORMS } from '@dockyard/definition';
import { detectEngine } from '@dockyard/engine';
import { configuredRemotes, emulatedPlatforms, type Remote, runsNatively, thisMachine } from '@dockyard/runner';
import { WORKSPACE } from '../root.ts';
import { proved, unusable } from './engines.ts';
import type { Finding } from './finding.ts';

/** Looks at what this machine runs itself, and what it could emulate. */
export async function platforms(): Promise<Finding[]> {
  const machine = thisMachine();
  const native = PLATFORMS.filter((platform) => runsNatively(machine.platform, platform));
  const emulated = (await emulatedPlatforms()).filter((platform) => !native.some((own) => own === platform));
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

/** Asks every configured remote runner. */
export async function remotes(): Promise<Finding[]> {
  const configured = configuredRemotes(process.env, WORKSPACE);
  if (configured.length > 0) return Promise.all(configured.map(remote));
  const found = 'none; DOCKYARD_RUNNERS or .dockyard/runners.yaml adds platforms';
  return [{ what: 'remote runners', state: 'note', found, vital: false }];
}

async function remote({ platform, host, source }: Remote): Promise<Finding> {
  const what = `runner of ${platform}`;
  try {
    return await proved(what, await detectEngine({ preferred: 'buildkit', host }));
  } catch (error) {
    const fix = `try it: DOCKER_HOST=${host} docker version (${source})`;
    return { what, state: 'missing', vital: false, fix, ...unusable(error) };
  }
}
