import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

/** Bytes of code from which on some function has an array on its stack; a smaller program may well have none. */
const LEAST_CODE = 64 * 1024;

export const stackProtector: Rule = {
  name: 'stack-protector',
  severity: 'error',
  explanation: 'Without a canary on the stack, a function returns to wherever an overflow says.',
  fix: "compile with -fstack-protector-strong; the toolchain's build-flags do",
  image: (contents) =>
    filesProblem(
      'without a stack protector',
      compiled(contents)
        // What is linked statically and stripped doesn't say.
        .filter(({ elf }) => elf.code >= LEAST_CODE && elf.needed.length > 0)
        .filter(({ elf }) => !elf.imports.some((name) => /^__stack_chk_(?:fail|guard)$/.test(name)))
        .map(({ path }) => path),
    ),
};
