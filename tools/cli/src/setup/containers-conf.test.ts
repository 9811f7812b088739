import { describe, expect, it } from 'vitest';
import { type ContainerFacts, containersConf, hardLimit, mayRaiseLimits } from './containers-conf.ts';

const ordinary: ContainerFacts = {
  uid: 0,
  cgroupsV2: true,
  controllers: ['cpu', 'memory', 'pids'],
  openFiles: 1_048_576,
  processes: Infinity,
  mayRaiseLimits: true,
  hasCrun: true,
  hasRunc: true,
  configured: '',
};
const restricted: ContainerFacts = { ...ordinary, openFiles: 20_000, processes: 96_365, mayRaiseLimits: false };

describe('containersConf', () => {
  it('leaves an ordinary machine as it is', () => {
    expect(containersConf(ordinary)).toBeUndefined();
  });

  it('asks for no limits where they cannot be raised', () => {
    expect(containersConf(restricted)).toMatch(/^\[containers\]\ndefault_ulimits = \[\]\n$/m);
  });

  it('lets root that may raise limits raise them, and a rootless Podman lower its wishes', () => {
    expect(containersConf({ ...restricted, mayRaiseLimits: true })).toBeUndefined();
    expect(containersConf({ ...restricted, uid: 1000 })).toBeUndefined();
  });

  it.each([
    { title: 'cgroups v1, which crun refuses', facts: { cgroupsV2: false } },
    { title: 'no crun', facts: { hasCrun: false } },
  ])('takes runc for $title', ({ facts }) => {
    expect(containersConf({ ...ordinary, ...facts })).toMatch(/^\[engine\]\nruntime = "runc"\n$/m);
  });

  it('asks for no limit of processes where cgroups v2 have no controller for it', () => {
    expect(containersConf({ ...ordinary, controllers: [] })).toMatch(/^\[containers\]\npids_limit = 0\n$/m);
    expect(containersConf({ ...ordinary, controllers: [], uid: 1000 })).toBeUndefined();
    expect(
      containersConf({ ...ordinary, controllers: [], cgroupsV2: false, configured: 'runtime = "runc"' }),
    ).toBeUndefined();
    expect(containersConf({ ...restricted, controllers: [] })).toMatch(
      /^\[containers\]\ndefault_ulimits = \[\]\npids_limit = 0\n$/m,
    );
  });

  it('keeps what somebody has set', () => {
    const configured = '[containers]\n  default_ulimits = ["nofile=1024:1024"]\n[engine]\nruntime="crun"\n';
    expect(containersConf({ ...restricted, cgroupsV2: false, configured })).toBeUndefined();
  });

  it('takes a comment for no setting', () => {
    expect(containersConf({ ...ordinary, hasCrun: false, configured: '#runtime = "crun"\n' })).toBeDefined();
  });
});

describe('hardLimit', () => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             unlimited            unlimited            processes ',
    'Max open files            1024                 20000                files     ',
  ].join('\n');

  it('reads the hard limit', () => {
    expect(hardLimit(limits, 'Max open files')).toBe(20_000);
    expect(hardLimit(limits, 'Max processes')).toBe(Infinity);
    expect(hardLimit('', 'Max processes')).toBe(Infinity);
  });
});

describe('mayRaiseLimits', () => {
  it('reads CAP_SYS_RESOURCE of the effective capabilities', () => {
    expect(mayRaiseLimits('CapPrm:\t000001ffffffffff\nCapEff:\t000001fffeffffff\n')).toBe(false);
    expect(mayRaiseLimits('CapEff:\t000001ffffffffff\n')).toBe(true);
    expect(mayRaiseLimits('')).toBe(false);
  });
});
