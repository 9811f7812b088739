import { setTimeout as sleep } from 'node:timers/promises';
import { container, volume } from '../index.ts';
import { it } from 'vitest';

it('hangs', async () => {
  const name = await volume();
  await container({ volumes: [{ name, target: '/data' }] });
  console.log('hanging');
  await sleep(600_000);
});
