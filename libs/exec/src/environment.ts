import { basename } from 'node:path';

/** Names and values; `undefined` stands for a variable that isn't there. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What one program gets of our environment. */
interface Policy {
  /** Families of variables that steer the program. */
  readonly steering: RegExp;
  /** Those of them that it gets all the same: where a person keeps configuration, and how others are reached. */
  readonly kept?: RegExp;
  /** What it gets whatever our environment says. */
  readonly set?: Readonly<Record<string, string>>;
}

/**
 * The repository, index and objects that git works on when it starts a hook, an alias or a filter (`git rev-parse
 * --local-env-vars`). They are about the command that a person gave, in the repository where it was given: nothing that
 * we start may take another one for it.
 */
const CALLERS_REPOSITORY =
  /^GIT_(DIR|COMMON_DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|INDEX_VERSION|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH|CONFIG|CONFIG_PARAMETERS|GRAFT_FILE|SHALLOW_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|NAMESPACE|PREFIX|INTERNAL_\w+|PUSH_OPTION_\w+)$/;

/** Messages and lists are read in one language and order. */
const READ = { LC_ALL: 'C' } as const;

const OUTPUT_IS_READ: Policy = { steering: /^LANGUAGE$/, set: READ };

const POLICIES: Readonly<Record<string, Policy>> = {
  git: {
    // What commands read, write, print and when they commit; who commits and how remotes are reached passes.
    steering:
      /^(LANGUAGE|GIT_(\w+_PATHSPECS|CEILING_DIRECTORIES|TEMPLATE_DIR|DEFAULT_\w+|EXTERNAL_DIFF|DIFF_\w+|ATTR_\w+|NOTES_\w+|REF_PARANOIA|PRINT_SHA1_ELLIPSIS|PAGER\w*|REFLOG_ACTION|(AUTHOR|COMMITTER)_DATE))$/,
    // It would ask on the terminal, past our pipes, and wait.
    set: { ...READ, GIT_TERMINAL_PROMPT: '0', GIT_NO_REPLACE_OBJECTS: '1' },
  },
  podman: {
    steering: /^(BUILDAH|CONTAINERS?|PODMAN|STORAGE)_|^SOURCE_DATE_EPOCH$/,
    // `podman info` goes by these too: what is examined is what builds.
    kept: /^(CONTAINERS_(CONF|CONF_OVERRIDE|STORAGE_CONF|REGISTRIES_CONF)|STORAGE_(DRIVER|OPTS)|PODMAN_IGNORE_CGROUPSV1_WARNING)$/,
  },
  docker: {
    steering:
      /^(DOCKER_(DEFAULT_PLATFORM|BUILDKIT|CONTENT_TRUST\w*|CLI_EXPERIMENTAL)|(BUILDX|BUILDKIT|EXPERIMENTAL_BUILDKIT|COMPOSE)_\w+|SOURCE_DATE_EPOCH)$/,
    kept: /^BUILDX_CONFIG$/,
  },
  // `npm run` hands its own options on to all that it starts, and npm below takes them for orders.
  npm: {
    steering: /^npm_config_/i,
    kept: /^npm_config_(.*[/@:].*|registry|_?auth\w*|userconfig|globalconfig|cache|prefix|(https?[_-])?proxy|noproxy|ca|cafile|cert|key|strict[_-]ssl|fetch[_-].*|maxsockets|offline|prefer[_-]offline)$/i,
  },
  'apt-get': OUTPUT_IS_READ,
  'apt-cache': OUTPUT_IS_READ,
  'apt-config': OUTPUT_IS_READ,
  gpg: OUTPUT_IS_READ,
  gpgv: OUTPUT_IS_READ,
  tar: { steering: /^(TAR_OPTIONS|TAPE|GZIP|BZIP2?|XZ_(OPT|DEFAULTS)|ZSTD_\w+)$/ },
};

/**
 * The environment that a program is started with: ours without what would steer it past its arguments, and what its
 * command adds. Variables of hooks, of the images we may run in, and of a person's other work change which repository git
 * writes to, which engine builds and how: a build would depend on what nothing hashes. What a program needs to run at all
 * (PATH, HOME, LD_*, proxies, certificates, TMPDIR) and where a person keeps configuration passes.
 *
 * @param program name or path of the program; what no policy knows gets all but the repository of a calling git
 * @param own what the command itself sets, which passes as it is; `undefined` removes a variable
 * @param inherited our own environment
 */
export function environmentOf(
  program: string,
  own: Variables = {},
  inherited: Variables = process.env,
): Record<string, string> {
  const { steering, kept, set } = POLICIES[basename(program)] ?? {};
  const passes = (name: string): boolean =>
    !CALLERS_REPOSITORY.test(name) && (steering?.test(name) !== true || kept?.test(name) === true);
  const passed = Object.entries(inherited).filter(([name]) => passes(name));
  const all = Object.entries({ ...Object.fromEntries(passed), ...set, ...own });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
