import { defineConfig } from 'vitest/config';

// images/ is absent on purpose: the tests of an image run in `test:<arch>`, against that very image.
const everywhere = ['libs', 'tools', 'tests'];
const left = ['**/node_modules/**', 'dist/**', '.dockyard/**', '.nx/**'];
const minute = 60_000;

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['libs/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reportOnFailure: true,
      reporter: ['text-summary', 'lcovonly'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: everywhere.map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...left, '**/*.integration.test.ts', '**/*.e2e.test.ts', '**/*.host.test.ts'],
          // Not for slow tests: for busy machines.
          testTimeout: minute / 2,
          hookTimeout: minute / 2,
        },
      },
      {
        test: {
          name: 'integration',
          include: everywhere.map((folder) => `${folder}/**/*.integration.test.ts`),
          exclude: left,
          // They share one engine, whose store and mounts two files at once would fight over.
          fileParallelism: false,
          testTimeout: 10 * minute,
          hookTimeout: 10 * minute,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/**/*.e2e.test.ts'],
          exclude: left,
          // Each in a workspace of its own, and mostly waiting for one process to start after the other.
          maxWorkers: 2,
          testTimeout: 60 * minute,
          hookTimeout: 30 * minute,
        },
      },
    ],
  },
});
