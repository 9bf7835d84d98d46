/**
 * How the tests run: on three workers, since some wait more than they work, no file of `dist/` or another
 * folder. Two projects: `slow` runs whole programs and real networks, and trains (the library that does has a
 * state of its own), a process for each file; `quick` is the rest (`npm test -- --project quick`), whose files
 * share their workers' modules: loading them for each file again takes a third of its processor time.
 */
import { defineConfig } from 'vitest/config';

const slow = [
  'test/{browser,cli,cluster,docs,examples,project,python,search}/**/*.test.ts',
  'test/**/*{real-models,models,large,hostile,digests,committed}*.test.ts',
  'test/pipeline/**/*.test.ts',
  'test/ticket/made-is-admitted.test.ts',
  'test/web/page.test.ts',
];

/** Only to end a test that hangs: a loaded machine takes many times what an idle one does. */
const limits = { testTimeout: 600_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', 'dist/**', 'dist.next/**'],
    pool: 'forks',
    maxWorkers: 3,
    // Calls, timers and environment that a test changed never reach the next one.
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: slow,
          isolate: false,
          ...limits,
        },
      },
      { extends: true, test: { name: 'slow', include: slow, ...limits } },
    ],
  },
});
