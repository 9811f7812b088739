/** The layers of libs/, lowest first. A package imports packages of lower layers, never of its own or a higher one; tools/ stand on all of them. */
const layers = [
  ['diagnostic', 'exec'],
  ['checkout', 'dockerfile'],
  ['definition', 'oci'],
  ['engine', 'inventory', 'project', 'sources'],
  ['runner', 'registry'],
  ['build'],
];

/** How many folders below a package's root a file may lie and still be held to its package. */
const deepest = 5;

/**
 * The import rules of the packages that a glob names.
 * One configuration per depth, because a pattern can't count how many folders `..` has to climb to leave the package.
 *
 * @param {string} glob e.g. `libs/engine`
 * @param {{ allowed?: string[], processes?: boolean }} options `allowed`: the packages of this workspace it may import (default all);
 *   `processes`: whether it may start processes itself
 */
function imports(glob, { allowed, processes = false }) {
  const names = processes ? [] : ['child_process', 'node:child_process'];
  const paths = names.map((name) => ({ name, message: 'Run external commands through @dockyard/exec.' }));
  const patterns = [
    { regex: '^@dockyard/[^/]+/(?!testing$)', message: "Import a package's entry, not a file inside it." },
  ];
  if (allowed) {
    const others = allowed.map((name) => `(?!${name}$)`).join('');
    const list =
      allowed.length > 0 ? allowed.map((name) => `@dockyard/${name}`).join(', ') : 'no package of this workspace';
    patterns.push({
      regex: `^@dockyard/${others}[^/]+$`,
      message: `Imports point downwards only: ${glob} may import ${list} (eslint.layers.js).`,
    });
  }
  return Array.from({ length: deepest + 1 }, (_, depth) => ({
    files: [`${glob}/${'*/'.repeat(depth)}*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths,
          patterns: [
            ...patterns,
            {
              regex: `^(\\.\\./){${String(depth + 1)}}`,
              message: 'Import another package by its name, @dockyard/…, never by a path.',
            },
          ],
        },
      ],
    },
  }));
}

export const layering = [
  // A library that is in no layer yet may import nothing, so that it gets one.
  ...imports('libs/*', { allowed: [] }),
  ...layers.flatMap((names, level) =>
    names.flatMap((name) =>
      imports(`libs/${name}`, { allowed: layers.slice(0, level).flat(), processes: name === 'exec' }),
    ),
  ),
  ...imports('tools/*', {}),
];
