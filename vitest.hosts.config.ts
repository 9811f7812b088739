import { defineConfig } from 'vitest/config';

/** Whole runner hosts, booted: minutes, root, and Debian's packages. By hand, not in CI; docs/runner-hosts.md. */
export default defineConfig({
  test: {
    include: ['tests/hosts/**/*.host.test.ts'],
    testTimeout: 15 * 60_000,
    hookTimeout: 15 * 60_000,
    fileParallelism: false,
  },
});
