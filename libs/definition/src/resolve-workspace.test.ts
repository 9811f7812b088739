import { describe, expect, it } from 'vitest';
import { projectName, readDefinition, resolveWorkspace, type ProjectDefinition } from './index.ts';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { readDockerfile, type ParsedDockerfile } from '@dockyard/dockerfile';

interface Options {
  readonly platforms?: string;
  readonly tags?: string;
  readonly compile?: string;
  readonly more?: string;
}

function dockerfile(text: string, file: string): ParsedDockerfile {
  const result = readDockerfile(text, file, { namespace: 'dockyard', buildArgs: {} });
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
  return result.value;
}

/** One project, read from what its files would hold. */
function project(root: string, image: string, options: Options = {}): ProjectDefinition {
  const [, name = ''] = root.split('/');
  const { platforms = 'linux/amd64', tags = '"1"', more = '' } = options;
  const text = `image: ${name}\ndescription: x\nversion: "1"\nlicenses: MIT\nhomepage: https://a.example\nplatforms: [${platforms}]\ntags: [${tags}]\n${more}`;
  const definition = readDefinition(text, `${root}/image.yaml`);
  if (!definition.ok) throw new Error(formatDiagnostics(definition.diagnostics));
  return {
    project: projectName(root),
    root,
    definition: definition.value,
    dockerfile: dockerfile(image, `${root}/Dockerfile`),
    ...(options.compile === undefined
      ? {}
      : { compileDockerfile: dockerfile(options.compile, `${root}/compile.Dockerfile`) }),
  };
}

const problems = (...projects: ProjectDefinition[]) => formatDiagnostics(resolveWorkspace(projects).diagnostics);

describe('a workspace', () => {
  it('blames nobody for naming an image that has mistakes of its own', () => {
    const child = project('images/redis', 'FROM dockyard/debian:13\nCOPY --from=dockyard/debain:13 / /');
    const { diagnostics } = resolveWorkspace([child], ['images/debian/image.yaml']);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'dockyard/debain:13 names no image of this repository; allowed: redis',
    ]);
  });

  it('knows the parents of each Dockerfile, each reference once', () => {
    const { diagnostics, parents } = resolveWorkspace([
      project('images/redis', 'FROM dockyard/debian:13\nCOPY --from=artifacts / /', {
        compile:
          'FROM dockyard/toolchain:1 AS a\nRUN --mount=from=dockyard/debian:latest,target=/d true\nFROM dockyard/toolchain:1\nCOPY --from=dockyard/debian:13 / /',
      }),
      project('images/toolchain', 'FROM dockyard/debian:13'),
      project('images/debian', 'FROM scratch', { tags: '"13", latest' }),
    ]);
    expect(diagnostics).toEqual([]);
    expect(parents('redis', 'image').map(({ project: name }) => name)).toEqual(['debian']);
    expect(
      parents('redis', 'compile').map(({ project: name, reference }) => [name, reference.value, reference.line]),
    ).toEqual([
      ['toolchain', 'dockyard/toolchain:1', 1],
      ['debian', 'dockyard/debian:latest', 2],
      ['debian', 'dockyard/debian:13', 4],
    ]);
    expect(parents('debian', 'image')).toEqual([]);
    expect(parents('debian', 'compile')).toEqual([]);
    expect(parents('nothing', 'image')).toEqual([]);
  });

  it('knows the images that tests start, and lets two be tested with each other', () => {
    const { diagnostics, parents } = resolveWorkspace([
      project('images/nginx', 'FROM scratch', { more: 'testWith: ["php:1"]' }),
      project('images/php', 'FROM scratch', { more: 'testWith: ["nginx:1", "nginx:1.0"]' }),
    ]);
    expect(formatDiagnostics(diagnostics)).toBe(
      'images/php/image.yaml:8:23  the image nginx has no tag 1.0; allowed: 1',
    );
    expect(parents('nginx', 'test').map(({ project: name }) => name)).toEqual(['php']);
    expect(parents('php', 'test').map(({ project: name }) => name)).toEqual(['nginx']);
    expect(parents('php', 'image')).toEqual([]);
  });

  it('finds an image that tests start and nobody defines, or not for every platform', () => {
    expect(
      problems(
        project('images/nginx', 'FROM scratch'),
        project('images/php', 'FROM scratch', {
          platforms: 'linux/amd64, linux/arm64',
          more: 'testWith:\n  - ngnix:1\n  - nginx:1',
        }),
      ),
    ).toBe(
      [
        'images/php/image.yaml:9:5  ngnix:1 names no image of this repository; allowed: nginx, php',
        '    did you mean nginx:1?',
        'images/php/image.yaml:10:5  php is built for linux/arm64, and nginx:1 only for linux/amd64 (images/nginx/image.yaml:6)',
        '    add linux/arm64 to the platforms of nginx, or take it out of images/php/image.yaml',
      ].join('\n'),
    );
  });

  it('takes release lines of one image, told apart by their tags', () => {
    const { diagnostics, parents } = resolveWorkspace([
      project('images/php/8.4', 'FROM scratch', { tags: '"8.4"' }),
      project('images/php/8.5', 'FROM scratch', { tags: '"8.5", latest' }),
      project('images/app', 'FROM dockyard/php:8.5\nCOPY --from=dockyard/php:8.4 / /'),
    ]);
    expect(diagnostics).toEqual([]);
    expect(parents('app', 'image').map(({ project: name }) => name)).toEqual(['php-8.5', 'php-8.4']);
  });
});

describe('mistakes between projects', () => {
  it('are a FROM of a workspace image that does not exist', () => {
    const debian = project('images/debian', 'FROM scratch', { tags: '"13", latest' });
    expect(problems(project('images/a', 'FROM dockyard/debain:13'), debian)).toBe(
      'images/a/Dockerfile:1:6  dockyard/debain:13 names no image of this repository; allowed: a, debian\n' +
        '    did you mean dockyard/debian:13?',
    );
    expect(problems(project('images/a', 'FROM dockyard/nginx:1'), debian)).toContain('add images/nginx/image.yaml');
    expect(problems(project('images/a', 'FROM scratch\nCOPY --from=dockyard/debian:lastest / /'), debian)).toBe(
      'images/a/Dockerfile:2:13  the image debian has no tag lastest; allowed: 13, latest\n    did you mean dockyard/debian:latest?',
    );
    expect(problems(project('images/a', 'FROM dockyard/debian:bookworm'), debian)).toBe(
      'images/a/Dockerfile:1:6  the image debian has no tag bookworm; allowed: 13, latest',
    );
  });

  it('are a platform that a parent lacks, told once for a parent and Dockerfile', () => {
    const both = { platforms: 'linux/amd64, linux/arm64' };
    const debian = project('images/debian', 'FROM scratch', { tags: '"13"' });
    expect(
      problems(project('images/a', 'FROM dockyard/debian:13\nCOPY --from=dockyard/debian:13 / /', both), debian),
    ).toBe(
      'images/a/Dockerfile:1:6  a is built for linux/arm64, and dockyard/debian:13 only for linux/amd64 (images/debian/image.yaml:6)\n' +
        '    add linux/arm64 to the platforms of debian, or take it out of images/a/image.yaml',
    );
    expect(
      problems(project('images/a', 'FROM scratch', { ...both, compile: 'FROM dockyard/debian:13' }), debian),
    ).toContain('images/a/compile.Dockerfile:1:6  a is built for linux/arm64');
    const three = { platforms: 'linux/386, linux/arm64' };
    expect(problems(project('images/a', 'FROM dockyard/debian:13', three), debian)).toContain('or take them out of');
  });

  it('are a cycle, printed as the whole path', () => {
    const cycle = [
      project('images/a', 'FROM scratch\nCOPY --from=dockyard/b:1 / /'),
      project('images/b', 'FROM scratch', { compile: 'FROM dockyard/c:1' }),
      project('images/c', 'FROM dockyard/a:1'),
      project('images/above', 'FROM dockyard/a:1'),
      project('images/below', 'FROM scratch'),
    ];
    expect(problems(...cycle)).toBe(
      'images/a/Dockerfile:2:13  cycle: a → b → c → a\n' +
        '    cut one of these:\n' +
        '    a: images/a/Dockerfile:2 COPY names dockyard/b:1\n' +
        '    b: images/b/compile.Dockerfile:1 FROM names dockyard/c:1\n' +
        '    c: images/c/Dockerfile:1 FROM names dockyard/a:1',
    );
    expect(problems(...cycle.toReversed())).toBe(problems(...cycle));
  });

  it('are an image that builds on itself, and every cycle of several', () => {
    expect(problems(project('images/a', 'FROM dockyard/a:1'))).toContain('images/a/Dockerfile:1:6  cycle: a → a');
    const text = problems(
      project('images/a', 'FROM dockyard/b:1'),
      project('images/b', 'FROM dockyard/a:1\nCOPY --from=dockyard/c:1 / /'),
      project('images/c', 'FROM dockyard/d:1'),
      project('images/d', 'FROM dockyard/c:1'),
      project('images/between', 'FROM dockyard/a:1\nCOPY --from=dockyard/c:1 / /'),
    );
    expect(text.match(/cycle: .*/g)).toEqual(['cycle: a → b → a', 'cycle: c → d → c']);
  });

  it('are found in a long chain too', () => {
    const count = 3000;
    const template = project('images/x', 'FROM dockyard/x:1');
    const chain = Array.from({ length: count }, (_, i): ProjectDefinition => {
      const name = `x${i}`;
      const image = `x${(i + 1) % count}`;
      const references = template.dockerfile.references.map((reference) => ({
        ...reference,
        image,
        value: `dockyard/${image}:1`,
      }));
      return {
        project: name,
        root: `images/${name}`,
        definition: { ...template.definition, image: name },
        dockerfile: { ...template.dockerfile, references },
      };
    });
    const { diagnostics } = resolveWorkspace(chain);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.message.split(' → ')).toHaveLength(count + 1);
  });

  it('are a tag that two projects claim, and two folders of one name', () => {
    expect(
      problems(
        project('images/php/8.5', 'FROM scratch', { tags: '"8.5", latest' }),
        project('images/php/8.4', 'FROM scratch', { tags: 'latest, "8.4"' }),
      ),
    ).toBe(
      'images/php/8.5/image.yaml:7:15  tags[1]: php:latest is already claimed by php-8.4, at images/php/8.4/image.yaml:7\n' +
        '    leave the tag to one of the two',
    );
    expect(problems(project('images/php-8', 'FROM scratch'), project('images/php/8', 'FROM scratch'))).toContain(
      'images/php/8/image.yaml:1:1  the project php-8 is also what the folder images/php-8 is called',
    );
  });

  it('are an external image without a digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(problems(project('images/a', `FROM debian:13@${digest}`))).toBe('');
    expect(problems(project('images/a', 'FROM debian:13'))).toBe(
      'images/a/Dockerfile:1:6  FROM names the external image debian:13 without a digest\n' +
        '    write debian:13@sha256:<digest>, or name an image of this repository',
    );
    expect(problems(project('images/a', 'ARG B=debian\nFROM $B'))).toContain('the external image debian (written $B)');
    expect(problems(project('images/a', 'FROM scratch', { compile: 'FROM scratch\nCOPY --from=x/y / /' }))).toContain(
      'images/a/compile.Dockerfile:2:13  COPY names the external image x/y without a digest',
    );
  });

  it('are contexts that nothing fills', () => {
    const uses = 'FROM scratch\nCOPY --from=artifacts / /';
    expect(problems(project('images/a', uses))).toBe(
      'images/a/Dockerfile:2:13  images/a has no compile.Dockerfile, so there are no artifacts\n    add images/a/compile.Dockerfile',
    );
    expect(problems(project('images/a', uses, { compile: 'FROM scratch' }))).toBe('');
    expect(problems(project('images/a', 'FROM scratch', { compile: uses }))).toContain(
      'artifacts are what this very file makes',
    );
    const sources = 'FROM scratch\nCOPY --from=sources / /';
    expect(problems(project('images/a', sources))).toContain('images/a/image.yaml lists neither sources nor packages');
    expect(problems(project('images/a', sources, { more: 'packages: { suite: trixie, image: [dash] }\n' }))).toBe('');
  });
});
