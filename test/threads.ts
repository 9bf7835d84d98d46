/** Threads for tests: their tasks run one after the other, on clones as on real ones. */
import type { Threads } from '../src/core/threads.js';

export function cloningThreads(count: number): Threads {
  return {
    count,
    allocate: (words) => new Uint32Array(words),
    share: (values) => values,
    run(task, inputs, ticked) {
      let ticks = 0;
      return inputs.map((input) =>
        structuredClone(task.run(structuredClone(input), () => ticked?.(++ticks))),
      );
    },
  };
}
