import { filesProblem, type Rule } from '../rule.ts';

export const setuid: Rule = {
  name: 'setuid',
  severity: 'error',
  explanation:
    'A program that gives more rights than its caller has is a way to root for whoever breaks into the container.',
  fix: 'chmod u-s,g-s, or setcap -r, what the image does not need',
  image: ({ own }) =>
    filesProblem(
      'setuid, setgid or with capabilities',
      own
        .filter(({ type, mode, capabilities }) => type === 'file' && ((mode & 0o6000) !== 0 || capabilities))
        .map(({ path }) => path),
    ),
};
