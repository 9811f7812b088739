import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { type Command, exec } from '@dockyard/exec';
import type { Machine } from './report.ts';

/** Describes the machine that is measured on. Programs that aren't there are left out. */
export async function describeMachine(): Promise<Machine> {
  const nx = createRequire(import.meta.url).resolve('nx/package.json');
  const engines = {
    podman: await ask({ command: 'podman', args: ['--version'] }),
    docker: await ask({ command: 'docker', args: ['version', '--format', '{{.Server.Version}}'] }),
    buildx: await ask({ command: 'docker', args: ['buildx', 'version'] }),
  };
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? process.arch,
    memory: totalmem(),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    nx: (JSON.parse(readFileSync(nx, 'utf8')) as { version: string }).version,
    engines: Object.fromEntries(Object.entries(engines).filter(([, version]) => version !== undefined)) as Record<
      string,
      string
    >,
  };
}

async function ask(command: Command): Promise<string | undefined> {
  const answer = await exec(command, { reject: false, timeoutMs: 20_000 }).catch(() => undefined);
  return answer?.exitCode === 0 ? /\d+\.\d+(?:\.\d+)?/.exec(answer.stdout)?.[0] : undefined;
}
