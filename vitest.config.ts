/** How the tests run: one process per file on two workers, no file of `dist/` or another folder. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'dist.next/**'],
    pool: 'forks',
    maxWorkers: 2,
    // Only to end a test that hangs: a loaded machine takes many times what an idle one does.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Calls, timers and environment that a test changed never reach the next one.
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
