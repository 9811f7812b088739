import { container, imageUnderTest } from '@dockyard/image-test';
import { expect, it } from 'vitest';

const MACHINES: Record<string, string> = { 'linux/amd64': 'x86_64', 'linux/arm64': 'aarch64' };

it('says hello from the machine of its platform', async () => {
  const hello = await container();
  await hello.waitForLog(/^hello from (\S+)$/m);
  expect(await hello.logs()).toContain(`hello from ${MACHINES[imageUnderTest().platform] ?? ''}`);
});
