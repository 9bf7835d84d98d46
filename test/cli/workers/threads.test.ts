/** Threads end when they are released, and are started anew when they are needed again. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  isReleased,
  type ThreadStart,
  type WorkerThreads,
  workerThreads,
} from '../../../src/cli/workers/threads.js';
import { complete } from '../../../src/core/steps.js';
import type { ThreadTask } from '../../../src/core/threads.js';
import { pointTask, runPoint, type StudyTask } from '../../../src/study/studies.js';
import { successStudy } from '../../../src/study/success.js';

const built = path.resolve(import.meta.dirname, '../../../dist/cli/workers/thread.js');
/** Is refused by the thread that is asked for it. */
const unknown: ThreadTask<number, number> = {
  name: 'no such task',
  // biome-ignore lint/correctness/useYield: nothing to do.
  *run(input) {
    return input;
  },
};

/** Threads whose ends nobody waits for. */
function threadsOf(count: number) {
  const workers: Worker[] = [];
  const threads = workerThreads(count, (start) => {
    workers.push(new Worker(built, { workerData: start, transferList: [start.port] }));
  });
  return { threads: atOnce(threads), workers };
}

/** Threads whose runs are done at once. */
function atOnce(threads: WorkerThreads) {
  return {
    ...threads,
    run: <Input, Result>(...given: Parameters<typeof threads.run<Input, Result>>): Result[] =>
      complete(threads.run(...given)),
  };
}

const tasks = successStudy
  .plan({ seeds: 3, firstSeed: 0, constructions: ['diffenderfer'] })
  .map((point): StudyTask => ({ study: 'success', point }));
const expected = tasks.map(({ study, point }) => runPoint(study, point));
const callerOnly = (): never => {
  throw new Error('the caller worked');
};

describe('worker threads', () => {
  it.each([1, 2, 5])('return the results of many tasks in order, on %i', (count) => {
    const { threads, workers } = threadsOf(count);
    expect(threads.run(pointTask, tasks)).toEqual(expected);
    expect(workers).toHaveLength(count - 1);
    threads.release();
  });

  it('give each result once as soon as it is there, to a caller that does nothing else', () => {
    const { threads, workers } = threadsOf(3);
    const heard = new Map<number, unknown>();
    const results = threads.run(
      { ...pointTask, run: callerOnly },
      tasks,
      undefined,
      (index, result) => {
        expect(heard.has(index)).toBe(false);
        heard.set(index, result);
      },
    );
    expect(results).toEqual(expected);
    expect(tasks.map((_, index) => heard.get(index))).toEqual(expected);
    expect(workers).toHaveLength(3);
    threads.release();
  });

  it('are no more than there are tasks, and none for a caller alone', () => {
    const few = threadsOf(8);
    few.threads.run(pointTask, tasks.slice(0, 2), undefined, () => undefined);
    expect(few.workers).toHaveLength(2);
    few.threads.release();
    const alone = threadsOf(1);
    const heard: number[] = [];
    alone.threads.run(pointTask, tasks.slice(0, 3), undefined, (index) => heard.push(index));
    expect(heard).toEqual([0, 1, 2]);
    expect(alone.workers).toHaveLength(0);
    expect(alone.threads.run(pointTask, [])).toEqual([]);
  });

  it('carry typed errors over, and go on with the next run', () => {
    const { threads } = threadsOf(2);
    const broken = [{ study: 'success', point: { construction: 'none', varied: 'nothing' } }];
    const run = (list: readonly StudyTask[]) =>
      threads.run({ ...pointTask, run: callerOnly }, list, undefined, () => undefined);
    expect(() => run([...(broken as StudyTask[]), ...tasks])).toThrow(
      /no study of none by nothing/,
    );
    expect(run(tasks)).toEqual(expected);
    threads.release();
  });

  it('end without an error when they are released, and are started anew', async () => {
    const starts: ThreadStart[] = [];
    const ends: Promise<number>[] = [];
    const threads = atOnce(
      workerThreads(3, (start) => {
        starts.push(start);
        const thread = new Worker(built, { workerData: start, transferList: [start.port] });
        ends.push(
          new Promise((resolve, reject) => {
            thread.on('exit', resolve);
            thread.on('error', reject);
          }),
        );
      }),
    );
    threads.start();
    expect(starts).toHaveLength(2);
    expect(starts.some(isReleased)).toBe(false);
    threads.release();
    expect(starts.every(isReleased)).toBe(true);
    expect(await Promise.all(ends)).toEqual([0, 0]);

    expect(threads.run(unknown, [7])).toEqual([7]);
    expect(starts.map(isReleased)).toEqual([true, true, false, false]);
    threads.release();
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
  });

  it('do what they were given before they end', async () => {
    let end = Promise.resolve(-1);
    const threads = atOnce(
      workerThreads(2, (start) => {
        const thread = new Worker(built, { workerData: start, transferList: [start.port] });
        end = new Promise((resolve, reject) => {
          thread.on('exit', resolve);
          thread.on('error', reject);
        });
      }),
    );
    threads.start();
    expect(() => threads.run(unknown, [1, 2])).toThrow(/no thread knows the task/);
    threads.release();
    threads.release();
    expect(await end).toBe(0);
  });
});
