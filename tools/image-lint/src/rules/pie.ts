import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

export const pie: Rule = {
  name: 'pie',
  severity: 'error',
  explanation: 'A program that always lies at the same address tells an attacker where everything is.',
  fix: "compile with -fPIE and link with -pie, or -static-pie; the toolchain's build-flags do",
  image: (contents) =>
    filesProblem(
      'loaded at a fixed address',
      compiled(contents)
        .filter(({ elf }) => elf.kind === 'executable' && !elf.relocatable)
        .map(({ path }) => path),
    ),
};
