import { describe, expect, it } from 'vitest';
import { elfFile } from '../testing/elf-file.ts';
import { readElf } from './elf.ts';

describe('an ELF file', () => {
  it.each([64, 32] as const)('of %i bits is read', (bits) => {
    const options = {
      bits,
      pie: true,
      interpreter: '/lib/ld.so',
      needed: ['liba.so', 'libb.so'],
      runpath: '$ORIGIN:/opt',
      imports: ['read'],
      symtab: true,
      code: 64,
      marks: 2,
    } as const;
    expect(readElf(elfFile(options))).toEqual({
      bits,
      endian: 'little',
      machine: 62,
      kind: 'executable',
      relocatable: true,
      interpreter: '/lib/ld.so',
      needed: ['liba.so', 'libb.so'],
      rpath: [],
      runpath: ['$ORIGIN', '/opt'],
      relro: true,
      bindsNow: true,
      dynamic: true,
      executableStack: false,
      imports: ['read'],
      branchTargets: 2,
      code: 64,
      debugSections: ['.symtab'],
    });
  });

  it('is told by what it is for', () => {
    expect(readElf(elfFile({ type: 'rel' }))?.kind).toBe('other');
    expect(readElf(elfFile())?.kind).toBe('library');
  });

  it('that is cut off anywhere, or none, is none', () => {
    const whole = elfFile({ needed: ['liba.so'], imports: ['read'] });
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => readElf(whole.subarray(0, length))).not.toThrow();
    }
    expect(readElf(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
    expect(readElf(whole.subarray(0, 80))).toBeUndefined();
  });
});
