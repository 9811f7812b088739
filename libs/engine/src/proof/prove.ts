import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { ailmentOf, ourselves } from '../ailments.ts';
import type { Container, Engine } from '../types.ts';
import { PROGRAM, writeProofLayout } from './layout.ts';

const BASE = 'dockyard/proof:1';
const LABEL = 'dev.dockyard.proof';
/** How long the program may take that ends at once. */
const PATIENCE_MS = 30_000;

/**
 * Proves that an engine does what builds and tests ask of it, with an image that holds nothing but a program that ends at once: a step runs
 * on it, and containers of it start on the default network and on one of their own, with a published port and a name. Takes a second or two,
 * and leaves nothing.
 *
 * @param engine to prove
 * @throws {UserError} it doesn't: which of these, what the engine said, and what mends it
 */
export async function proveEngine(engine: Engine): Promise<void> {
  const mark = randomBytes(8).toString('hex');
  const label = `${LABEL}=${mark}`;
  await withTemporaryDirectory(tmpdir(), 'dockyard-proof-', async (folder) => {
    const base = await writeProofLayout(join(folder, 'base'), engine.architecture);
    await attempt(engine, 'run a step of a build', async () => {
      const dockerfile = join(folder, 'Dockerfile');
      await writeFile(dockerfile, `FROM ${BASE}\nRUN ["${PROGRAM}"]\n`);
      await engine.build({
        dockerfile,
        dockerfileName: 'a Dockerfile of one step',
        context: folder,
        platform: engine.architecture,
        contexts: { [BASE]: base },
        buildArgs: {},
        epoch: 0,
        logFile: join(folder, 'log'),
      });
    });
    // One of its own, as another proof at the same time removes its.
    const image = await writeProofLayout(join(folder, 'image'), engine.architecture, mark);
    const id = await attempt(engine, 'load an image', () => engine.load(image.layout, []));
    try {
      const labels = { [LABEL]: mark };
      await attempt(engine, 'start a container', async () => runToEnd(await engine.start({ image: id, labels })));
      await attempt(engine, 'start a container on a network of its own', async () => {
        const name = `dockyard-proof-${mark}`;
        await engine.createNetwork({ name, labels });
        const network = { name, aliases: ['proof'] };
        await runToEnd(await engine.start({ image: id, network, ports: [80], labels }));
      });
    } finally {
      await engine.removeLabelled(label);
      await engine.removeImage(id);
    }
  });
}

async function runToEnd(container: Container): Promise<void> {
  const latest = Date.now() + PATIENCE_MS;
  for (;;) {
    const { running, exitCode } = await container.state();
    if (!running && exitCode === 0) return;
    if (!running) throw new UserError(`its program ended with ${exitCode} instead of 0`);
    if (Date.now() > latest)
      throw new UserError(`its program, which ends at once, still runs after ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function attempt<T>(engine: Engine, what: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    if (!(error instanceof CommandError) && !(error instanceof UserError)) throw error;
    const said = error instanceof CommandError ? error.stderr : error.message;
    const name = `${engine.name === 'podman' ? 'Podman' : 'The Docker Engine'} ${engine.version}`;
    const where = engine.host === undefined ? '' : ` at ${engine.host}`;
    const ailment = ailmentOf(said, await ourselves());
    throw new UserError(
      [
        `${name}${where} is there, but can't ${what}.`,
        ...(ailment === undefined ? [] : [ailment.what]),
        ...lastLines(said).map((line) => `    ${line}`),
      ].join('\n'),
      { ...(ailment !== undefined && { hint: ailment.fix }), cause: error },
    );
  }
}

const SHOWN_LINES = 5;

function lastLines(said: string): string[] {
  return said
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-SHOWN_LINES);
}
