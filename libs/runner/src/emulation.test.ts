import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emulatedPlatforms, emulationProblem, judgeRegistration } from './emulation.ts';

const registration = (state: string, flags: string) =>
  `${state}\ninterpreter /usr/bin/qemu-aarch64-static\nflags: ${flags}\noffset 0\nmagic 7f454c46\n`;

it('takes an emulator that works in containers', () => {
  expect(judgeRegistration(registration('enabled', 'OCF'))).toBeUndefined();
});

it.each([
  [undefined, 'no emulator is registered'],
  [registration('disabled', 'OCF'), 'disabled'],
  [registration('enabled', 'OC'), 'without the flag F'],
])('says what is in the way', (text, problem) => {
  expect(judgeRegistration(text)).toContain(problem);
});

it('finds none where binfmt_misc is not mounted', async () => {
  expect(await emulationProblem('linux/arm64', '/nonexistent')).toContain('no emulator is registered');
  expect(await emulatedPlatforms('/nonexistent')).toEqual([]);
});

it('lists what could be emulated', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dockyard-binfmt-'));
  try {
    await writeFile(join(folder, 'qemu-aarch64'), registration('enabled', 'OCF'));
    await writeFile(join(folder, 'qemu-arm'), registration('enabled', 'OC'));
    await writeFile(join(folder, 'qemu-s390x'), registration('disabled', 'OCF'));
    await writeFile(join(folder, 'register'), '');
    expect(await emulatedPlatforms(folder)).toEqual(['linux/arm64']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
