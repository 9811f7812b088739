import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

export const stripped: Rule = {
  name: 'stripped',
  severity: 'error',
  explanation: 'Symbols that only debuggers read make the image larger; they are published beside it.',
  fix: 'strip what the image gets, as split-debug of the toolchain does',
  image: (contents) =>
    filesProblem(
      'not stripped',
      compiled(contents)
        .filter(({ elf }) => elf.debugSections.length > 0)
        .map(({ path }) => path),
    ),
};
