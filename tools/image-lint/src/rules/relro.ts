import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

export const relro: Rule = {
  name: 'relro',
  severity: 'error',
  explanation: 'Where the table of called functions stays writable, one stray write redirects a call.',
  fix: "link with -Wl,-z,relro,-z,now; the toolchain's build-flags do",
  image: (contents) =>
    filesProblem(
      'without full RELRO',
      compiled(contents)
        .filter(({ elf }) => !elf.relro || (elf.dynamic && !elf.bindsNow))
        .map(({ path }) => path),
    ),
};
