import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProject, stageSourcesContext } from '@dockyard/build';
import { exec, formatCommand, UserError } from '@dockyard/exec';
import { thisMachine } from '@dockyard/runner';
import type { Benchmark } from '../benchmark.ts';
import { interleave } from '../measure.ts';
import { resultsOf } from '../result.ts';

/** Names of QEMU's user-mode emulators of Debian's qemu-user-static. */
const EMULATORS: Readonly<Record<string, string>> = {
  'linux/amd64': 'qemu-x86_64-static',
  'linux/arm64': 'qemu-aarch64-static',
};

/**
 * What native runners avoid: the compiler proper on the Lua that redis carries, by itself and under QEMU's user-mode emulation of this very
 * architecture. So it is the same program with the same input, and nothing has to be registered with the kernel.
 */
export const emulation: Benchmark = {
  name: 'emulation',
  description: 'a compile under qemu-user against the same compile by itself',
  run: async (context) => {
    const { signal } = context;
    const emulator = EMULATORS[thisMachine().platform] ?? 'qemu-user';
    const sources = join(context.scratch, 'emulation');
    await mkdir(sources);
    await stageSourcesContext({
      workspace: context.checkout,
      project: requireProject(context.checkout, 'images/redis'),
      use: 'compile',
      platform: thisMachine().platform,
      output: sources,
      report: () => undefined,
      onLine: () => undefined,
      signal,
    });
    const run = async (command: string, ...args: string[]): Promise<string> =>
      (await exec({ command, args, cwd: sources }, { signal })).stdout.trim();
    for (const [program, name] of Object.entries({ gcc: 'gcc libc6-dev', [emulator]: 'qemu-user-static' })) {
      const { exitCode } = await exec({ command: 'sh', args: ['-c', `command -v ${program}`] }, { reject: false });
      if (exitCode !== 0)
        throw new UserError(`${program} isn't on this machine.`, { hint: `Install it: apt-get install ${name}` });
    }
    await run('tar', 'xf', 'redis.tar.gz', '--strip-components=1', '--no-same-owner');
    const lua = join(sources, 'deps/lua/src');
    const files = (await readdir(lua)).filter((name) => /^l[a-z]+\.c$/.test(name) && name !== 'lua.c').sort();
    const inputs = context.quick ? files.slice(0, 2) : files;
    // Preprocessed before: the driver starts other programs, and those an emulator doesn't follow.
    for (const name of inputs) await run('gcc', '-E', '-o', `${name}.i`, join(lua, name));
    const compiler = await run('gcc', '-print-prog-name=cc1');
    const compile = (prefix: readonly string[]): { command: string; args: string[]; cwd: string } => {
      const lines = inputs.map((name) => {
        const words: string[] = [
          ...prefix,
          compiler,
          '-quiet',
          '-O2',
          '-fpreprocessed',
          `${name}.i`,
          '-o',
          `${name}.s`,
        ];
        const [command = compiler, ...args] = words;
        return formatCommand({ command, args });
      });
      return { command: 'sh', args: ['-euc', lines.join('\n')], cwd: sources };
    };
    context.report(`emulation: compiling ${String(inputs.length)} files`);
    const samples = await interleave(
      [
        { name: 'emulated', command: compile([emulator]) },
        { name: 'native', command: compile([]) },
      ],
      { samples: context.quick ? 1 : 3, warm: false, signal },
    );
    const parameters = { compiler: 'cc1 -O2', files: inputs.length, platform: thisMachine().platform };
    const seconds = new Map([...samples].map(([name, list]) => [name, list.map((sample) => sample.seconds)]));
    return { results: resultsOf({ benchmark: 'emulation', parameters, unit: 'seconds' }, seconds) };
  },
};
