import { describe, expect, it } from 'vitest';
import { bridgeName, chooseBridge, rulesToDelete } from './network.ts';

describe('chooseBridge', () => {
  it('gives one folder the same bridge each time and another folder another one', () => {
    expect(chooseBridge('/var/tmp/a', [])).toEqual(chooseBridge('/var/tmp/a', []));
    expect(bridgeName('/var/tmp/a')).not.toBe(bridgeName('/var/tmp/b'));
    expect(bridgeName('/var/tmp/a').length).toBeLessThanOrEqual(15);
  });

  it('steps over addresses that are in use', () => {
    const first = chooseBridge('/var/tmp/a', []).address;
    const second = chooseBridge('/var/tmp/a', [first.replace('/24', '')]).address;
    expect(second).toMatch(/^10\.213\.\d+\.1\/24$/);
    expect(second).not.toBe(first);
  });

  it('says when nothing is free', () => {
    const all = Array.from({ length: 256 }, (_, n) => `10.213.${String(n)}.1`);
    expect(() => chooseBridge('/var/tmp/a', all)).toThrow('No free addresses');
  });
});

describe('rulesToDelete', () => {
  it('takes the rules of the bridge, and nobody else', () => {
    const rules = `-P FORWARD DROP
-N DOCKER
-A FORWARD -j DOCKER-USER
-A FORWARD -i dylab-1 ! -o dylab-1 -j ACCEPT
-A FORWARD -i dylab-12 -j ACCEPT
-A FORWARD -o docker0 -j DOCKER`;
    expect(rulesToDelete(rules, 'dylab-1')).toEqual([
      ['-D', 'FORWARD', '-i', 'dylab-1', '!', '-o', 'dylab-1', '-j', 'ACCEPT'],
    ]);
  });
});
