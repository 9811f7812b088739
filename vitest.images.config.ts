import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['images/**/*.test.ts'],
    // A busy machine, and a remote one, needs minutes for what else takes a second.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 200 } },
    fileParallelism: false,
  },
});
