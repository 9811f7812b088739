import { projectName } from '@dockyard/definition';
import { generator } from './random.ts';

/** Shape of a synthetic family of images. */
export interface SyntheticParameters {
  /** How many image definitions, which is how many Nx projects. */
  readonly images: number;
  /** Images on the longest chain of FROMs. */
  readonly depth: number;
  /** Images that build FROM one image. */
  readonly fanOut: number;
  /** Release lines of an image; they share its Dockerfiles. */
  readonly lines: number;
  /** Share of the images that are compiled, from 0 to 1. */
  readonly compiled: number;
  /** Whole number that decides what compiles, and with which toolchain. */
  readonly seed: number;
  /** Of every image; linux/amd64 and linux/arm64 when absent. */
  readonly platforms?: readonly string[];
}

/** The shape that benchmarks use, at any size. */
export const DEFAULT_SHAPE: Omit<SyntheticParameters, 'images'> = {
  depth: 4,
  fanOut: 5,
  lines: 2,
  compiled: 0.5,
  seed: 1,
};

/** One definition of a synthetic family. */
export interface SyntheticImage {
  readonly project: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** Reference under which others name it. */
  readonly reference: string;
  readonly platforms: readonly string[];
  /** Paths of its Dockerfiles, relative to the workspace root. */
  readonly dockerfiles: { readonly image: string; readonly compile?: string };
  /** The definition that its Dockerfile builds FROM; none for a root, which builds FROM scratch. */
  readonly parent?: SyntheticImage;
  /** The definition that its compile.Dockerfile builds FROM. */
  readonly toolchain?: SyntheticImage;
}

/** Definitions, parents first, and every file of them by its path relative to the workspace root. */
export interface SyntheticFamily {
  readonly images: readonly SyntheticImage[];
  readonly files: ReadonlyMap<string, string>;
}

const PLATFORMS = ['linux/amd64', 'linux/arm64'];

/**
 * Makes up a family of image definitions in the repository's own schema: a forest of `fanOut`-ary trees of `depth` levels, some
 * images compiled on one of a few others. All of them build FROM scratch in the end and copy small text files, so any engine builds them.
 *
 * @param parameters its shape; counts are whole numbers from 1
 * @returns the same bytes for the same parameters
 */
export function synthesize(parameters: SyntheticParameters): SyntheticFamily {
  const { images: count, depth, fanOut, lines, compiled, seed, platforms = PLATFORMS } = parameters;
  const random = generator(seed);
  const names = Math.ceil(count / lines);
  const tree = Array.from({ length: depth }, (_, level) => fanOut ** level).reduce((sum, size) => sum + size);
  const hubs = Math.ceil(Math.sqrt(names));
  const images: SyntheticImage[] = [];
  const files = new Map<string, string>();
  /** The definitions of each name, by line. */
  const definitions: SyntheticImage[][] = [];

  for (let at = 0; at < names; at++) {
    const name = `image-${String(at).padStart(4, '0')}`;
    const folder = `images/${name}`;
    const place = at % tree;
    // The lines share a Dockerfile, and so a parent: the first line of its image.
    const parent = place === 0 ? undefined : definitions[at - place + Math.floor((place - 1) / fanOut)]?.[0];
    const compiles = random() < compiled;
    const hub = Math.floor(random() * Math.min(hubs, at));
    const toolchain = compiles ? definitions[hub]?.[0] : undefined;
    const dockerfiles = {
      image: `${folder}/Dockerfile`,
      ...(compiles && { compile: `${folder}/compile.Dockerfile` }),
    };
    files.set(dockerfiles.image, dockerfile(name, parent, compiles));
    files.set(`${folder}/${name}.test.ts`, TEST);
    if (dockerfiles.compile !== undefined) {
      files.set(dockerfiles.compile, compileDockerfile(name, toolchain));
      files.set(`${folder}/src/${name}.txt`, `${name} is compiled of this.\n`);
    }
    const own = Array.from({ length: Math.min(lines, count - images.length) }, (_, line): SyntheticImage => {
      const version = `1.${String(line)}`;
      const root = lines === 1 ? folder : `${folder}/${version}`;
      files.set(`${root}/image.yaml`, definition(name, version, platforms));
      files.set(`${root}/rootfs/etc/${name}.conf`, `name=${name}\nversion=${version}\n`);
      return {
        project: projectName(root),
        root,
        reference: `dockyard/${name}:${version}`,
        platforms,
        dockerfiles,
        ...(parent !== undefined && { parent }),
        ...(toolchain !== undefined && { toolchain }),
      };
    });
    definitions.push(own);
    images.push(...own);
  }
  return { images, files };
}

const TEST = `import { expect, it } from 'vitest';

it('is an image', () => {
  expect(true).toBe(true);
});
`;

function definition(name: string, version: string, platforms: readonly string[]): string {
  return `# yaml-language-server: $schema=../../image.schema.json
image: ${name}
description: One of many images, to measure with
version: '${version}'
licenses: 'Apache-2.0 OR MIT'
homepage: https://example.org/${name}
platforms: [${platforms.join(', ')}]
sources:
  - file: ${name}.tar.gz
    urls:
      - 'https://example.org/${name}-{version}.tar.gz'
      - 'debian:pool/main/${name.slice(0, 1)}/${name}/${name}_{version}.orig.tar.gz'
    sha256: '${'0123456789abcdef'.repeat(4)}'
update: { datasource: github-tags, package: example/${name}, allowed: '~${version}' }
tags: ['{version}']
lint:
  licence-texts: 'nobody wrote it'
  healthcheck: 'nothing in it runs'
`;
}

function dockerfile(name: string, parent: SyntheticImage | undefined, compiles: boolean): string {
  return `FROM ${parent?.reference ?? 'scratch'}
ARG VERSION
ARG SOURCE_DATE_EPOCH
ENV NAME=${name} CONFIG=/etc/${name}.conf
${compiles ? 'COPY --from=artifacts / /\n' : ''}# The configuration of the release line.
COPY rootfs/ /
USER 65532:65532
WORKDIR /
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/${name}", "--config", "/etc/${name}.conf"]
CMD ["serve"]
`;
}

function compileDockerfile(name: string, toolchain: SyntheticImage | undefined): string {
  return `FROM ${toolchain?.reference ?? 'scratch'} AS build
ARG TARGETARCH
ARG SOURCE_DATE_EPOCH
ENV PREFIX=/usr/share/${name}
COPY src/ /src/

FROM scratch
COPY --from=build /src/ /usr/share/${name}/
`;
}
