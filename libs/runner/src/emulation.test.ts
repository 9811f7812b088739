import { expect, it } from 'vitest';
import { emulationProblem, judgeRegistration } from './emulation.ts';

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
});
