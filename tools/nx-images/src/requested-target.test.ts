import { describe, expect, it } from 'vitest';
import { requestedPart } from './requested-target.ts';

const asked = (line: string) => requestedPart(['node', 'nx', ...line.split(' ')]);

describe('requestedPart', () => {
  it.each([
    ['run redis:image:arm6', { project: 'redis', target: 'image:arm6' }],
    ['run php-8.4-cli:publish:amd64 --dry-run', { project: 'php-8.4-cli', target: 'publish:amd64' }],
    ['--verbose run --skip-nx-cache redis:image:arm:v7', { project: 'redis', target: 'image:arm:v7' }],
    ['run redis:image --configuration=arm64', { project: 'redis', target: 'image:arm64' }],
    ['run redis:reproduce -c production', { project: 'redis', target: 'reproduce:production' }],
  ])('reads %s', (line, part) => {
    expect(asked(line)).toEqual(part);
  });

  it.each([
    'run redis:image',
    'image redis',
    'run-many -t image -c production',
    'run redis:compile:amd64',
    'affected -t image',
  ])('finds nothing in %s', (line) => {
    expect(asked(line)).toBeUndefined();
  });
});
