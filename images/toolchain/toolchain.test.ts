import { container, volume } from '@dockyard/image-test';
import { describe, expect, it } from 'vitest';

const C = `
#include <math.h>
#include <stdio.h>
int main(int argc, char **argv) { (void)argv; printf("%.0f\\n", sqrt(1763.0 + argc)); return 0; }
`;

const CPP = `
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
int main() {
  std::string said;
  std::thread([&said] {
    try { throw std::runtime_error("42"); } catch (const std::exception &error) { said = error.what(); }
  }).join();
  std::cout << said << std::endl;
}
`;

describe.each(['cc', 'gcc', 'c++', 'g++'])('%s', (compiler) => {
  const source = compiler.endsWith('++') ? { name: 'main.cpp', text: CPP } : { name: 'main.c', text: C };

  it('makes programs that run', async () => {
    const builder = await container({ command: ['sleep', 'infinity'] });
    const script = `cd /tmp; cat > ${source.name}; ${compiler} -O2 -Wall -Wextra -Werror -o main ${source.name} -lm; ./main`;
    expect((await builder.exec(['sh', '-euc', script], { input: source.text })).stdout.trim()).toBe('42');
  });

  it('takes what another container compiled from a cache that is mounted', async () => {
    const cache = await volume();
    const compile = async (): Promise<string> => {
      const builder = await container({
        command: ['sleep', 'infinity'],
        volumes: [{ name: cache, target: '/var/cache/ccache' }],
      });
      const script = `cd /tmp; cat > ${source.name}; ${compiler} -c ${source.name}; ccache --print-stats`;
      return (await builder.exec(['sh', '-euc', script], { input: source.text })).stdout;
    };
    expect(await compile()).toMatch(/^cache_miss\t1$/m);
    expect(await compile()).toMatch(/^direct_cache_hit\t1$/m);
  });
});

it('is whole, and has what builds besides the compilers', async () => {
  const builder = await container({ command: ['sleep', 'infinity'] });
  expect((await builder.exec(['dpkg', '--audit'])).stdout).toBe('');
  const makefile = 'all:\n\t@pkg-config --version >/dev/null && patch --version >/dev/null && echo made\n';
  expect((await builder.exec(['make', '--file=-'], { input: makefile })).stdout.trim()).toBe('made');
  const left = ['/var/cache', '/var/log', '/var/lib/apt/lists', '!', '-type', 'd'];
  expect((await builder.exec(['find', ...left])).stdout).toBe('');
});

describe('hardened flags and debug symbols', () => {
  const FLAGS = '. /usr/local/lib/build-flags';
  const GREET = `
#include <stdio.h>
int main(int argc, char **argv) { char text[16]; sprintf(text, "%s", argv[argc - 1]); puts(text); return 0; }
`;

  async function run(script: string, reject = true) {
    const builder = await container({ command: ['sleep', 'infinity'] });
    const prepared = `mkdir /tmp/src; cd /tmp/src; cat > greet.c; mkdir -p /out/image/bin; ${script}`;
    return builder.exec(['sh', '-euc', prepared], { input: GREET, reject });
  }

  it('gives programs that are position independent, bound before they run, and checked', async () => {
    const { stdout } = await run(
      `${FLAGS}; gcc $CFLAGS $LDFLAGS -o greet greet.c; readelf --wide --file-header --dynamic --dyn-syms --program-headers greet; objdump --disassemble=main greet`,
    );
    expect(stdout).toMatch(/Type: +DYN \(Position-Independent Executable file\)/);
    expect(stdout).toMatch(/\(FLAGS_1\) +Flags: NOW PIE/);
    expect(stdout).toMatch(/GNU_RELRO/);
    expect(stdout).toMatch(/__stack_chk_fail/);
    expect(stdout).toMatch(/__sprintf_chk/);
    // The whole program is marked only where the start files of Debian's libc are: those of amd64 are not.
    expect(stdout).toMatch(/<main>:\s+[0-9a-f]+:\s.*\t(?:endbr64|paciasp)/);
  });

  it('moves symbols to where a debugger finds them by build ID, and leaves no folder of the build in them', async () => {
    const { stdout } = await run(`
      ${FLAGS}; gcc $CFLAGS $LDFLAGS -o greet greet.c; install greet /out/image/bin/greet; ln -s greet /out/image/bin/hi
      split-debug /out/image /out/debug
      /out/image/bin/hi ahoy
      id=$(readelf --notes greet | sed -n 's/^ *Build ID: //p')
      symbols=$(find /out/debug -type f)
      [ "$symbols" = "/out/debug/usr/lib/debug/.build-id/$(echo $id | cut -c 1-2)/$(echo $id | cut -c 3-).debug" ]
      readelf --debug-dump=info "$symbols"
      ! grep --text --quiet /tmp/src "$symbols" /out/image/bin/greet
      ! readelf --wide --section-headers /out/image/bin/greet | grep -E 'debug_|symtab|comment'`);
    expect(stdout).toMatch(/^ahoy$/m);
    expect(stdout).toMatch(/DW_AT_name +: .*greet\.c/);
  });

  it.each([
    ['gcc -O2 -o /out/image/bin/greet greet.c', 'greet has no debug information'],
    ['gcc -g -Wl,--build-id=none -o /out/image/bin/greet greet.c', 'greet has no build ID'],
    [':', '/out/image holds no program and no shared library'],
  ])('refuses what leaves no symbols: %s', async (compile, message) => {
    const { exitCode, stderr } = await run(`${compile}; split-debug /out/image /out/debug`, false);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(message);
  });
});
