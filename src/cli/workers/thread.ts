/** A thread's side of `threads.ts`: runs the tasks it is sent, one after the other. */
import { workerData } from 'node:worker_threads';
import type { ThreadTask } from '../../core/threads.js';
import {
  isReleased,
  RELEASE,
  type TaskMessage,
  type TaskOutcome,
  type ThreadStart,
} from './threads.js';
import { transferError } from './transferred-error.js';

/** Every task that may be asked for, loaded when it is. */
const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  'horner-fill-any': async () => (await import('../../constructions/horner/horner.js')).fillTask,
  'horner-fill': async () => (await import('../../constructions/horner/fill.js')).fillTask,
  'skip-fill': async () => (await import('../../constructions/skip/fill.js')).skipFillTask,
  'bound a box': async () => (await import('../../precision/bounds/branch-and-bound.js')).halfTask,
  'bound around an input': async () => (await import('../../precision/ball-tasks.js')).ballTask,
  'range of a proof': async () => (await import('../../proof/prove-by-ranges.js')).rangeTask,
  'study point': async () => (await import('../../study/studies.js')).pointTask,
  'search shard': async () => (await import('../../search/map-network.js')).shardTask,
  'fast inference': async () => (await import('../../inference/fast/thread-task.js')).fastTask,
  'fast inference of feature maps': async () =>
    (await import('../../inference/fast/map-thread-task.js')).MAP_FAST_WORK.task,
};

const start = workerData as ThreadStart;
const { port, signals } = start;

/** The outcome of a task; undefined where it was given up because the thread is to end. */
async function perform({
  run,
  task: name,
  index,
  input,
  units,
}: TaskMessage): Promise<TaskOutcome | undefined> {
  try {
    if (!Object.hasOwn(TASKS, name)) throw new Error(`no thread knows the task "${name}"`);
    const task = (await TASKS[name]()) as ThreadTask<unknown, unknown>;
    const steps = task.run(input);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return { run, index, result: step.value };
      if (isReleased(start)) return undefined;
      Atomics.add(units, 0, 1);
    }
  } catch (error) {
    return { run, index, error: transferError(error) };
  }
}

port.on('message', async (message: TaskMessage | typeof RELEASE) => {
  if (message === RELEASE) {
    // Nothing else keeps this thread.
    port.close();
    return;
  }
  const outcome = await perform(message);
  // What it was given up for follows.
  if (outcome === undefined) return;
  port.postMessage(outcome);
  Atomics.add(signals, 0, 1);
  Atomics.notify(signals, 0);
});
