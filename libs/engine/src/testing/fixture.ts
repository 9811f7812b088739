import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, finishImage, type ImageRecord, readBase } from '@dockyard/oci';
import type { BuildContext, BuildRequest, Engine } from '../types.ts';

/** Debian's static busybox, the shell of images that have nothing else: `apt-get install busybox-static`. */
const BUSYBOX = '/bin/busybox';

/** Name by which Dockerfiles of the tests reach the shell image. */
export const SHELL = 'dockyard/shell:1';

export const EPOCH = 1_700_000_000;

/** Builds what a test writes, in a folder of its own. */
export class Workshop {
  readonly dir: string;
  readonly engine: Engine;
  #builds = 0;
  readonly #images: string[] = [];

  constructor(dir: string, engine: Engine) {
    this.dir = dir;
    this.engine = engine;
  }

  /** Writes the files of a build and returns its request; the context is the folder of the Dockerfile. */
  async request(
    dockerfile: string,
    o: {
      files?: Record<string, string>;
      contexts?: Record<string, BuildContext>;
      buildArgs?: Record<string, string>;
    } = {},
  ): Promise<BuildRequest> {
    this.#builds += 1;
    const folder = join(this.dir, `Build ${this.#builds}`);
    const context = join(folder, 'context');
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    for (const [name, content] of Object.entries(o.files ?? {})) await writeFile(join(context, name), content);
    return {
      dockerfile: join(context, 'Dockerfile'),
      context,
      platform: this.engine.architecture,
      contexts: o.contexts ?? {},
      buildArgs: o.buildArgs ?? {},
      epoch: EPOCH,
      output: join(folder, 'raw'),
      logFile: join(folder, 'build.log'),
    };
  }

  /** Builds a request and finishes it: with a base to the thin layout on it, else to a full one of a single layer. */
  async build(
    request: BuildRequest,
    base?: BuildContext,
  ): Promise<{ layout: string; record: ImageRecord; context: BuildContext }> {
    await this.engine.build(request);
    const layout = join(request.output, '../layout');
    const record = await finishImage({
      raw: request.output,
      output: layout,
      ...(base?.kind === 'image' && {
        base: await readBase({ layout: base.layout, path: base.layout, digest: base.digest as Digest }),
      }),
      platform: request.platform,
      annotations: {},
      labels: {},
      epoch: request.epoch,
      history: [],
      hardLinks: true,
      volumes: [],
      onWarning: () => undefined,
      project: 'test',
      kind: 'image',
    });
    this.#images.push(record.config);
    return { layout, record, context: { kind: 'image', layout, digest: record.digest, config: record.config } };
  }

  /** Removes what builds left in the engine's store: the images that were contexts of others. */
  async removeImages(): Promise<void> {
    for (const image of this.#images.toReversed()) await this.engine.removeImage(image.replace('sha256:', ''));
  }

  /** An image with a shell, built from nothing: there is none to pull. */
  async shell(): Promise<BuildContext> {
    const request = await this.request(
      'FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nENV PATH=/bin\nCMD ["sh"]\n',
    );
    await copyFile(BUSYBOX, join(request.context, 'busybox'));
    return (await this.build(request)).context;
  }
}
