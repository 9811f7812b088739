import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, withTemporaryDirectory } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { nativePlatform } from '../architecture.ts';
import { smallestProgram } from './program.ts';

describe('smallestProgram', () => {
  it.runIf(process.platform === 'linux')('ends with 0 on this machine', async () => {
    const { stdout } = await exec({ command: 'uname', args: ['-m'] });
    await withTemporaryDirectory(tmpdir(), 'dockyard-program-', async (folder) => {
      const program = join(folder, 'program');
      await writeFile(program, smallestProgram(nativePlatform(stdout.trim())), { mode: 0o755 });
      expect((await exec({ command: program, args: [] })).exitCode).toBe(0);
    });
  });

  // Each was run with qemu-user, and ended with 0.
  it.each([
    ['linux/amd64', 2, 1, 62],
    ['linux/arm64', 2, 1, 183],
    ['linux/arm/v7', 1, 1, 40],
    ['linux/386', 1, 1, 3],
    ['linux/ppc64le', 2, 1, 21],
    ['linux/riscv64', 2, 1, 243],
  ])('of %s is ELF of its class, order and machine', (platform, bits, order, machine) => {
    const program = smallestProgram(platform);
    expect(program.toString('latin1', 0, 4)).toBe('\x7fELF');
    expect([program[4], program[5], program.readUInt16LE(18)]).toEqual([bits, order, machine]);
  });

  it('of linux/s390x is big endian', () => {
    const program = smallestProgram('linux/s390x');
    expect([program[4], program[5], program.readUInt16BE(18)]).toEqual([2, 2, 22]);
  });

  it('there is none of another machine', () => {
    expect(() => smallestProgram('linux/mips')).toThrow(RangeError);
  });
});
