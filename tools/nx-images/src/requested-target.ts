/** Targets of every image that stand for all its platforms. Nx takes one of them where the name behind the colon is none it knows. */
const WHOLE = ['image', 'publish', 'reproduce'];

/** What is wrong with the target that somebody asked Nx for. */
export interface UnknownTarget {
  readonly project: string;
  /** As it was asked for, such as `image:arm6`. */
  readonly target: string;
}

/**
 * Finds a target that isn't there in a command line of Nx. Of `redis:image:arm6` Nx makes the target `image` in a configuration `arm6`, and
 * runs it without a word about a configuration that it doesn't know: it builds what nobody asked for.
 *
 * @param argv of Nx's process.
 * @returns undefined where nothing of that kind is asked for; whether the image has that target is for the caller to look up.
 */
export function requestedPart(argv: readonly string[]): UnknownTarget | undefined {
  const words = argv.slice(2);
  const run = words.indexOf('run');
  const [, ...rest] = run === -1 ? [] : words.slice(run);
  const task = rest.find((word) => !word.startsWith('-'));
  const [project, target, ...part] = (task ?? '').split(':');
  const asked = part.length > 0 ? part.join(':') : configuration(rest);
  if (project === undefined || target === undefined || !WHOLE.includes(target) || asked === undefined) return undefined;
  return { project, target: `${target}:${asked}` };
}

function configuration(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === '-c' || word === '--configuration') return words[index + 1];
    const given = /^(?:-c|--configuration)=(.+)$/.exec(word)?.[1];
    if (given !== undefined) return given;
  }
  return undefined;
}
