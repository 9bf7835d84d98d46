/** A thread's side of `threads.ts`: runs the tasks it is sent, one after the other. */
import { workerData } from 'node:worker_threads';
import { fillTask } from '../constructions/horner-fill.js';
import type { ThreadTask } from '../core/threads.js';
import { fastTask } from '../inference/fast/thread-task.js';
import { transferError } from './job.js';
import type { TaskMessage, TaskOutcome, ThreadStart } from './threads.js';

/** Every task that may be asked for. */
const TASKS = new Map<string, ThreadTask<unknown, unknown>>(
  [fillTask, fastTask].map((task) => [task.name, task as ThreadTask<unknown, unknown>]),
);

const { port, signals } = workerData as ThreadStart;

function perform({ run, task: name, index, input }: TaskMessage): TaskOutcome {
  try {
    const task = TASKS.get(name);
    if (task === undefined) throw new Error(`no thread knows the task "${name}"`);
    return { run, index, result: task.run(input, () => Atomics.add(signals, 1, 1)) };
  } catch (error) {
    return { run, index, error: transferError(error) };
  }
}

port.on('message', (message: TaskMessage) => {
  port.postMessage(perform(message));
  Atomics.add(signals, 0, 1);
  Atomics.notify(signals, 0);
});
