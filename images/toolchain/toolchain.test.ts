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
