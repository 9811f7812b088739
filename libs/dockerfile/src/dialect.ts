/** What an instruction may carry in the dialect that Podman 4.3 and BuildKit both take. */
export interface InstructionRule {
  /** Options, without their dashes. */
  readonly options: readonly string[];
  /** The fewest arguments that follow the options. */
  readonly least: number;
  /** What the arguments are. */
  readonly usage: string;
}

export const INSTRUCTIONS: Readonly<Record<string, InstructionRule>> = {
  ADD: { options: ['chown', 'chmod', 'link'], least: 2, usage: 'ADD <source>… <destination>' },
  ARG: { options: [], least: 1, usage: 'ARG <name>[=<default>]' },
  CMD: { options: [], least: 1, usage: 'CMD ["program", "argument"]' },
  COPY: { options: ['from', 'chown', 'chmod', 'link'], least: 2, usage: 'COPY <source>… <destination>' },
  ENTRYPOINT: { options: [], least: 1, usage: 'ENTRYPOINT ["program", "argument"]' },
  ENV: { options: [], least: 1, usage: 'ENV <name>=<value>' },
  EXPOSE: { options: [], least: 1, usage: 'EXPOSE <port>' },
  FROM: { options: ['platform'], least: 1, usage: 'FROM <image> [AS <stage>]' },
  HEALTHCHECK: {
    options: ['interval', 'timeout', 'start-period', 'retries'],
    least: 1,
    usage: 'HEALTHCHECK CMD ["program", "argument"], or HEALTHCHECK NONE',
  },
  LABEL: { options: [], least: 1, usage: 'LABEL <name>=<value>' },
  MAINTAINER: { options: [], least: 1, usage: 'MAINTAINER <name>' },
  ONBUILD: { options: [], least: 1, usage: 'ONBUILD <instruction>' },
  RUN: { options: ['mount'], least: 1, usage: 'RUN <command>' },
  SHELL: { options: [], least: 1, usage: 'SHELL ["program", "argument"]' },
  STOPSIGNAL: { options: [], least: 1, usage: 'STOPSIGNAL <signal>' },
  USER: { options: [], least: 1, usage: 'USER <user>[:<group>]' },
  VOLUME: { options: [], least: 1, usage: 'VOLUME ["/path"]' },
  WORKDIR: { options: [], least: 1, usage: 'WORKDIR <path>' },
};

/** Options that only BuildKit or a later Podman takes, and what to do without them. */
export const FOREIGN_OPTIONS: Readonly<Record<string, string>> = {
  'COPY --parents': 'copy each folder by itself',
  'COPY --exclude': 'list what to copy, or use a .dockerignore',
  'ADD --checksum': 'list the file under `sources` in image.yaml, with its digest, and COPY --from=sources',
  'ADD --keep-git-dir': 'list an archive under `sources` in image.yaml, and COPY --from=sources',
  'ADD --unpack': 'unpack in a RUN, or rely on ADD unpacking a local archive',
  'ADD --exclude': 'list what to add, or use a .dockerignore',
  'RUN --network': 'take --network out; every build runs without a network',
  'RUN --security': 'take --security out; builds get no extra privileges',
  'RUN --device': 'take --device out; builds get no devices',
  'HEALTHCHECK --start-interval': 'take --start-interval out, and shorten --interval if need be',
};

export const MOUNT_TYPES: readonly string[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

export const MOUNT_KEYS: readonly string[] = [
  'type',
  'from',
  'source',
  'src',
  'target',
  'dst',
  'destination',
  'readonly',
  'ro',
  'readwrite',
  'rw',
  'id',
  'sharing',
  'required',
  'size',
  'mode',
  'uid',
  'gid',
];

/** The arguments that both engines set by themselves, and what may stand for them in a path. */
export const AUTOMATIC_ARGS: Readonly<Record<string, string>> = {
  TARGETPLATFORM: '**',
  TARGETOS: '*',
  TARGETARCH: '*',
  TARGETVARIANT: '*',
  BUILDPLATFORM: '**',
  BUILDOS: '*',
  BUILDARCH: '*',
  BUILDVARIANT: '*',
  SOURCE_DATE_EPOCH: '*',
};
