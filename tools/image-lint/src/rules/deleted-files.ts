import { filesProblem, type Rule } from '../rule.ts';

export const deletedFiles: Rule = {
  name: 'deleted-files',
  severity: 'error',
  explanation: 'A file that a later layer deletes is still sent to everybody, and still readable by everybody.',
  fix: 'delete it in the layer that adds it, or copy what is left into a stage of its own',
  image: ({ deleted }) =>
    filesProblem(
      'deleted by a later layer',
      deleted.map(({ path }) => path),
    ),
};
