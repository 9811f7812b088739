import { definitions } from './definitions.ts';
import { engines } from './engines.ts';
import type { Finding } from './finding.ts';
import { disk, lab, versions } from './machine.ts';
import { platforms, remotes } from './platforms.ts';
import { debian, gpg, store } from './sources.ts';

/** Looks at everything that a build on this machine needs; changes nothing. */
export async function examine(): Promise<Finding[]> {
  const looks = [versions, engines, platforms, remotes, disk, store, debian, gpg, lab];
  const findings = await Promise.all(looks.map((look) => look()));
  return [...findings.flat(), ...definitions()];
}
