import { describe, expect, it } from 'vitest';
import { parseStanzas } from './stanza.ts';

describe('parseStanzas', () => {
  const stanzas = parseStanzas('Package: a\nDepends: b,\n c (>= 1)\nX: y\n\n\nPackage: b\n');

  it('reads fields with their continuation lines, in any case', () => {
    expect(stanzas.map((one) => one.field('package'))).toEqual(['a', 'b']);
    expect(stanzas[0]?.field('Depends')).toBe('b,\n c (>= 1)');
    expect(stanzas[0]?.field('Absent')).toBeUndefined();
  });

  it('writes them without some', () => {
    expect(stanzas[0]?.without(['package', 'x'])).toBe('Depends: b,\n c (>= 1)');
  });
});
