import { filesProblem, type Rule } from '../rule.ts';

export const worldWritable: Rule = {
  name: 'world-writable',
  severity: 'error',
  explanation:
    'What anybody may write to, any user of the container may replace; in a folder with the sticky bit only their own.',
  fix: 'chmod o-w, or chmod 1777 for a folder where everybody may leave files',
  image: ({ own }) =>
    filesProblem(
      'anybody may write to',
      own
        .filter(
          ({ type, mode }) =>
            (mode & 0o002) !== 0 && (type === 'file' || (type === 'directory' && (mode & 0o1000) === 0)),
        )
        .map(({ path }) => path),
    ),
};
