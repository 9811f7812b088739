import { posix } from 'node:path';
import { deprecationNotice, expandTemplate, formatSize, planTags, type SourceDefinition } from '@dockyard/definition';
import { type ContainerSettings, type DockerfileReference } from '@dockyard/dockerfile';
import type { ImageFacts, ProjectFacts } from './image-facts.ts';
import { blocks, code, codes, section, table } from './markdown.ts';
import { runCommand } from './run-command.ts';

const NOTICE = '<!-- Written by `npm run docs` from image.yaml, the Dockerfiles and usage.md: change those. -->';

/**
 * Writes the README of an image, for all its release lines and variants.
 *
 * @param facts the image
 * @param namespace what local references begin with, such as `dockyard`
 * @returns Markdown
 */
export function imageReadme(facts: ImageFacts, namespace: string): string {
  const [main] = facts.projects;
  const { title, description, homepage } = main.project.definition;
  return `${blocks(
    NOTICE,
    `# ${title ?? facts.image}`,
    `${description}. [Home page](${homepage})`,
    ...facts.projects.map(maintenance),
    tagsSection(facts),
    section(
      'Run it',
      fenced(runCommand(`${namespace}/${facts.image}:${namedTag(main)}`, facts.image, main.settings)),
      `\`podman\` takes the same options. ${code(`npm run image ${main.project.project}`)} builds the image and loads it under this name; what is published has the registry's name in front.`,
      facts.usage,
    ),
    containerSection(facts.projects),
    environmentSection(facts.projects),
    builtSection(facts.projects),
    section('Licence', licence(facts.projects)),
  )}\n`;
}

/** The tag that most people name: the shortest that stays within the release line. */
function namedTag({ project }: ProjectFacts): string {
  const tags = planTags(project.definition).filter((tag) => tag !== 'latest');
  return tags.sort((one, other) => one.length - other.length)[0] ?? 'latest';
}

function maintenance({ project }: ProjectFacts): string | undefined {
  const { definition } = project;
  const notice = deprecationNotice(definition);
  return notice === undefined ? undefined : `> **${notice}**`;
}

function tagsSection({ projects }: ImageFacts): string | undefined {
  const ends = projects.some(({ project }) => project.definition.endOfLife !== undefined);
  const rows = projects.flatMap(({ project }) =>
    project.definition.platforms.map((platform, at) => {
      const { definition } = project;
      const size = definition.sizes[platform];
      return [
        at === 0 ? codes(planTags(definition)) : '',
        at === 0 ? definition.version : '',
        platform,
        size === undefined ? '–' : formatSize(size),
        ...(ends ? [at === 0 ? (definition.endOfLife ?? '–') : ''] : []),
      ];
    }),
  );
  return section(
    'Tags, platforms and sizes',
    table(['tags', 'version', 'platform', 'compressed size', ...(ends ? ['maintained upstream until'] : [])], rows),
    `Each published index also has an immutable tag, such as ${code(`${projects[0].project.definition.version}-r1`)}. The size is what the definition declares; where an image outgrows it by more than 5 %, its build fails. – stands for a platform that was not measured yet.`,
  );
}

function containerSection(projects: readonly ProjectFacts[]): string | undefined {
  const alike = Map.groupBy(projects, ({ settings }) => JSON.stringify(describe(settings)));
  const columns = [...alike.values()].map((group) => ({
    names: group.map(({ project }) => project.project).join(', '),
    // A group has a member.
    rows: describe((group[0] as ProjectFacts).settings),
  }));
  const labels = [...new Set(columns.flatMap(({ rows }) => Object.keys(rows)))];
  return section(
    'What a container runs with',
    table(
      ['', ...(columns.length === 1 ? ['value'] : columns.map(({ names }) => names))],
      labels.map((label) => [label, ...columns.map(({ rows }) => rows[label] ?? '–')]),
    ),
    projects.some(({ settings }) => typeof settings.healthcheck === 'object')
      ? 'Podman ignores the health checks of OCI images: give it one with `--health-cmd`.'
      : undefined,
  );
}

function describe(settings: ContainerSettings): Record<string, string> {
  const { entrypoint, command, user, workingDirectory, ports, volumes, stopSignal, healthcheck } = settings;
  const none = '–';
  return {
    'entry point': entrypoint === undefined ? none : code(shellWords(entrypoint)),
    command: command === undefined ? none : code(shellWords(command)),
    user: user === undefined ? '`root`' : code(user),
    'working directory': code(workingDirectory ?? '/'),
    ports: ports.length === 0 ? none : codes(ports),
    volumes: volumes.length === 0 ? none : codes(volumes),
    'stop signal': code(stopSignal ?? 'SIGTERM'),
    'health check': typeof healthcheck === 'object' ? describeHealthcheck(healthcheck) : none,
  };
}

function describeHealthcheck(check: Exclude<ContainerSettings['healthcheck'], string | undefined>): string {
  const { command, interval, timeout, startPeriod, retries } = check;
  const details = [
    interval === undefined ? undefined : `every ${interval}`,
    timeout === undefined ? undefined : `at most ${timeout} long`,
    startPeriod === undefined ? undefined : `after a start of ${startPeriod}`,
    retries === undefined ? undefined : `${retries} times`,
  ].filter((detail) => detail !== undefined);
  const [shell, option, script] = command;
  const text = shell === '/bin/sh' && option === '-c' && script !== undefined ? script : shellWords(command);
  return [code(text), ...details].join(', ');
}

function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

const PATHS = ['PATH'];

function environmentSection(projects: readonly ProjectFacts[]): string | undefined {
  const read = new Map(projects.flatMap(({ project }) => Object.entries(project.definition.environment)));
  const preset = new Map<string, Set<string>>();
  for (const { settings } of projects)
    for (const [name, value] of Object.entries(settings.environment))
      if (!PATHS.includes(name)) preset.set(name, (preset.get(name) ?? new Set<string>()).add(value));
  const names = [...new Set([...read.keys(), ...preset.keys()])];
  return section(
    'Environment',
    table(
      ['variable', 'what it does', 'preset'],
      names.map((name) => {
        const values = [...(preset.get(name) ?? [])];
        return [
          code(name),
          read.get(name) ?? '',
          values.map((value) => (value === '' ? 'empty' : code(value))).join(', '),
        ];
      }),
    ),
  );
}

function builtSection(projects: ImageFacts['projects']): string | undefined {
  return section(
    'How it was built',
    ...projects.map((facts) =>
      blocks(projects.length === 1 ? undefined : `### ${facts.project.project}`, built(facts)),
    ),
    projects.some(({ debugSymbols }) => debugSymbols)
      ? 'Programs and libraries are compiled with hardened flags and stripped; their debug symbols are published beside each image manifest: [how to get them](../../docs/debug-symbols.md).'
      : undefined,
    `The same source gives the same digest: ${code(`npx nx run ${projects[0].project.project}:reproduce`)} shows it.`,
  );
}

function built({ project, base, compilers, packageLocks }: ProjectFacts): string {
  const { definition } = project;
  const link = (reference: DockerfileReference): string =>
    reference.kind === 'workspace'
      ? `[${code(`${reference.image ?? ''}:${reference.tag ?? ''}`)}](../${reference.image ?? ''}/README.md)`
      : code(reference.value);
  const { packages } = definition;
  const direct = [...new Set(packages?.image ?? [])];
  const statements = [
    base === undefined ? 'It starts from nothing.' : `It stands on ${link(base)}.`,
    compilers.length === 0 ? '' : `Compiled natively, without a network, in ${compilers.map(link).join(' and ')}.`,
    packages === undefined
      ? ''
      : `Debian packages (${packages.suite}${direct.length === 0 ? '' : `: ${codes(direct)}`}) are pinned with their digests in ${packageLocks
          .map(
            (path) =>
              `[${posix.basename(path, '.json')}](${posix.relative(posix.join('images', definition.image), path)})`,
          )
          .join(', ')}.`,
  ];
  return blocks(
    statements.filter((statement) => statement !== '').join(' '),
    table(
      ['source', 'from', 'digest'],
      definition.sources.map((source) => [
        code(source.file) + (source.platforms === undefined ? '' : ` (${source.platforms.join(', ')})`),
        source.urls.map((url) => address(url, source)).join(', else '),
        code(`${source.digest.algorithm}:${source.digest.hex}`),
      ]),
    ),
  );
}

function address(url: string, { platforms }: SourceDefinition): string {
  const [platform] = platforms ?? [];
  const filled = platform === undefined ? url : expandTemplate(url, { arch: platform.split('/').at(-1) });
  return url.startsWith('https:') ? `<${filled}>` : code(filled);
}

function licence(projects: readonly ProjectFacts[]): string {
  const expressions = [...new Set(projects.map(({ project }) => project.definition.licenses))];
  return `${expressions.map(code).join(', ')}. The texts are in the image, below \`/usr/share/doc\`. The definition itself has the licence of this repository.`;
}

function fenced(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\``;
}
