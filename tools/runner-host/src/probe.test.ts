import { describe, expect, it } from 'vitest';
import { exec } from '@dockyard/exec';
import { probeScript, readProbe } from './probe.ts';

const FOOTPRINT = { files: ['/etc/os-release'], packages: [], units: [], users: [] };
const HOST = 'fact\tmachine\tx86_64\nfact\tsshPort\t22\n';

describe('probeScript', () => {
  it('is POSIX sh', async () => {
    const input = probeScript(FOOTPRINT, { reach: { host: 'gitlab.example.com', port: 443 }, developer: 'builder' });
    expect((await exec({ command: 'sh', args: ['-n'], input })).stderr).toBe('');
  });

  it('quotes every word of the inventory', () => {
    const script = probeScript(FOOTPRINT, { reach: { host: "a'$(id)", port: 443 }, developer: '`id`' });
    expect(script).toContain(`'a'\\''$(id)'`);
    expect(script).toContain("'`id`'");
  });
});

describe('readProbe', () => {
  it('lets nothing through that a terminal would obey', () => {
    const { facts } = readProbe(`${HOST}fact\tfailed\t\u001b[2Jevil\u202e.service\nend`);
    expect(facts.failed).toEqual(['?[2Jevil?.service']);
  });

  it.each([
    ['fd12:3456:789a', 'fd12:3456:789a'],
    ['fd12:0:7', 'fd12:0:7'],
    ['2001:db8:1', undefined],
    ['fd12:3456:789a::/48', undefined],
    ['$(id)', undefined],
  ])('reads the prefix %s as %s', (kept, prefix) => {
    expect(readProbe(`${HOST}fact\tprefix\t${kept}\nend`).facts.prefix).toBe(prefix);
  });

  it('refuses what broke off', () => {
    expect(() => readProbe(HOST)).toThrow(/broke off/);
  });
});
