import { filesProblem, type Rule } from '../rule.ts';

/** What package managers and build tools leave behind. */
const LEFT =
  /^(?:var\/lib\/apt\/lists\/|var\/cache\/|var\/log\/|var\/tmp\/|tmp\/|var\/lib\/dpkg\/[^/]*-old$|(?:root|home\/[^/]+)\/\.(?:cache|npm|cargo|ccache|node-gyp)\/|etc\/(?:passwd|shadow|group|gshadow|sub[ug]id)-$)/;

export const packageCaches: Rule = {
  name: 'package-caches',
  severity: 'error',
  explanation: 'Lists, caches and logs of a build make the image larger, age in it, and differ with every build.',
  fix: 'delete them in the very RUN that leaves them there',
  image: ({ own }) =>
    filesProblem(
      'left over from the build',
      own.filter(({ path, type, size }) => type === 'file' && size > 0 && LEFT.test(path)).map(({ path }) => path),
    ),
};
