import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

/** Functions of glibc that always become their checked counterpart with _FORTIFY_SOURCE, whatever their arguments are. */
const ALWAYS_CHECKED = /^v?f?printf$/;

export const fortify: Rule = {
  name: 'fortify',
  severity: 'error',
  explanation: 'With _FORTIFY_SOURCE, glibc stops a program that writes beyond a buffer whose size the compiler knows.',
  fix: "compile with -O2 -D_FORTIFY_SOURCE=3; the toolchain's build-flags do",
  image: (contents) =>
    filesProblem(
      'compiled without _FORTIFY_SOURCE',
      compiled(contents)
        .filter(({ elf: { imports } }) => imports.some((name) => ALWAYS_CHECKED.test(name)))
        .filter(({ elf: { imports } }) => !imports.some((name) => /^__\w+_chk$/.test(name)))
        .map(({ path }) => path),
    ),
};
