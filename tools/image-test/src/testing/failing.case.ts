import { container } from '../index.ts';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await container({ command: ['sh', '-c', 'echo words of the shared one; exec busybox sleep 600'] });
});

it('passes', async () => {
  const quiet = await container({ command: ['sh', '-c', 'echo words of a test that passed; exec busybox sleep 600'] });
  await quiet.waitForLog(/words/);
});

it('fails', async () => {
  const failing = await container({
    command: ['sh', '-c', 'echo words of a test that failed; exec busybox sleep 600'],
  });
  await failing.waitForLog(/words/);
  expect(1).toBe(2);
});
