/** Computes points of a study on several threads, or through a queue, and tells each result as soon as it is there. */
import { complete } from '../../core/steps.js';
import type { TaskQueue } from '../../core/tasks.js';
import { pointTask, type StudyName } from '../../study/studies.js';
import type { JsonRecord } from '../../study/study.js';
import { distantQueue, type QueueOptions } from '../workers/distant-queue.js';
import type { TellingContext } from '../workers/job.js';
import { workerThreads } from '../workers/threads.js';

export interface StudyJobOptions {
  readonly study: StudyName;
  readonly points: readonly JsonRecord[];
  readonly threads: number;
  /** Where they are computed instead of here. */
  readonly queue?: QueueOptions;
  /** Points of the whole study that are done already, for the progress bar. */
  readonly before: number;
}

/** The result of `points[index]`. */
export interface StudyNews {
  readonly index: number;
  readonly result: JsonRecord;
}

export function studyJob(
  { study, points, threads, before, queue }: StudyJobOptions,
  context: TellingContext<StudyNews>,
): null {
  let done = before;
  const total = before + points.length;
  context.onProgress({ stage: 'study', done, total });
  const taskQueue: TaskQueue =
    queue === undefined
      ? workerThreads(threads, context.launchThread)
      : distantQueue(queue, context.openQueue);
  const steps = taskQueue.run(
    pointTask,
    points.map((point) => ({ study, point })),
    undefined,
    (index, result) => {
      context.tell({ index, result });
      done++;
      context.onProgress({ stage: 'study', done, total });
    },
  );
  complete(steps);
  return null;
}
