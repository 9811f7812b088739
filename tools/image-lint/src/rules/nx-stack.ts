import { compiled } from '../image/contents.ts';
import { filesProblem, type Rule } from '../rule.ts';

export const nxStack: Rule = {
  name: 'nx-stack',
  severity: 'error',
  explanation: "With a stack that can be executed, an overflow is at once somebody else's program.",
  fix: 'link with -Wl,-z,noexecstack, and give assembly files a .note.GNU-stack section',
  image: (contents) =>
    filesProblem(
      'with a stack that can be executed',
      compiled(contents)
        .filter(({ elf }) => elf.executableStack)
        .map(({ path }) => path),
    ),
};
