import { expect, it } from 'vitest';
import { sizeExcess } from './size-budget.ts';

const definition = {
  file: 'images/redis/image.yaml',
  sizes: { 'linux/amd64': 32_000_000 },
  positions: { 'sizes.linux/amd64': { file: 'images/redis/image.yaml', line: 18, column: 23 } },
};

it('lets an image grow by 5 %', () => {
  expect(sizeExcess('redis', definition, 'linux/amd64', 33_600_000)).toBeUndefined();
  expect(sizeExcess('redis', definition, 'linux/amd64', 1_000_000)).toBeUndefined();
});

it('says by how much it grew further, and how to accept that', () => {
  const message = sizeExcess('redis', definition, 'linux/amd64', 34_304_000) ?? '';
  expect(message).toContain(
    'images/redis/image.yaml:18:23  sizes.linux/amd64: the image has 34.3 MB, 7.2 % more than the 32 MB that are declared; allowed: 5 %',
  );
  expect(message).toContain('npx dockyard sizes --accept redis');
});

it('has nothing to say of a platform without a size', () => {
  expect(sizeExcess('redis', definition, 'linux/arm64', 99_000_000)).toBeUndefined();
});
