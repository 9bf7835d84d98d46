/** Threads for tests: their tasks run one after the other, on clones as on real ones. */

import type { Progress } from '../src/core/progress.js';
import type { Steps } from '../src/core/steps.js';
import type { Threads, ThreadTask } from '../src/core/threads.js';

export function cloningThreads(count: number): Threads {
  return {
    count,
    allocate: (words) => new Uint32Array(words),
    share: (values) => values,
    *run<Input, Result>(
      task: ThreadTask<Input, Result>,
      inputs: readonly Input[],
      tell?: (units: number) => Progress | undefined,
    ): Steps<Result[]> {
      let units = 0;
      const results: Result[] = [];
      for (const input of inputs) {
        const steps = task.run(structuredClone(input));
        let step = steps.next();
        for (; step.done !== true; step = steps.next()) yield tell?.(++units);
        results.push(structuredClone(step.value));
      }
      return results;
    },
  };
}
