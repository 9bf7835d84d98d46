/** Threads for tests: their tasks run one after the other, on clones as on real ones. */

import type { Progress } from '../src/core/progress.js';
import type { Steps } from '../src/core/steps.js';
import type { Inputs } from '../src/core/tasks.js';
import type { Threads, ThreadTask } from '../src/core/threads.js';

export function cloningThreads(count: number): Threads {
  return {
    count,
    allocate: (words) => new Uint32Array(words),
    share: (values) => values,
    *run<Input, Result>(
      task: ThreadTask<Input, Result>,
      inputs: Inputs<Input>,
      tell?: (units: number) => Progress | undefined,
      finished?: (index: number, result: Result) => void,
    ): Steps<Result[]> {
      let units = 0;
      const results: Result[] = [];
      for (let index = 0; index < inputs.length; index++) {
        const steps = task.run(structuredClone(inputs.at(index) as Input));
        let step = steps.next();
        for (; step.done !== true; step = steps.next()) yield tell?.(++units);
        results.push(structuredClone(step.value));
        finished?.(index, results[index]);
      }
      return results;
    },
  };
}
