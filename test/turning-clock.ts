/** Long work without the clock: every look at it finds it a second later. */
import { vi } from 'vitest';

/**
 * From now on the event loop turns after every step, however quick the machine is, and everything that
 * is said of progress is told. `vi.restoreAllMocks()` ends it.
 */
export function turnAfterEveryStep(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
}
