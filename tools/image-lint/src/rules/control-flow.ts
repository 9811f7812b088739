import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

/** The processors that check, and compilers that know them. */
const PLATFORMS = ['linux/amd64', 'linux/arm64'];

/** In bytes. Nothing can be told from less code; functions are much smaller than the other, and most of them are marked. */
const LEAST_CODE = 64 * 1024;
const CODE_PER_MARK = 16 * 1024;

export const controlFlow: Rule = {
  name: 'control-flow',
  severity: 'error',
  explanation:
    'Processors can check where jumps and returns lead to, in code that says where they may (CET, BTI and PAC).',
  fix: "compile with -fcf-protection on amd64, -mbranch-protection=standard on arm64; the toolchain's build-flags do",
  image: (contents) =>
    filesProblem(
      'compiled without control-flow protection',
      compiled(contents)
        // What is linked statically holds the code of others.
        .filter(({ elf }) => PLATFORMS.includes(contents.platform) && elf.code >= LEAST_CODE && elf.needed.length > 0)
        .filter(({ elf }) => elf.branchTargets * CODE_PER_MARK < elf.code)
        .map(({ path }) => path),
    ),
};
