/** Threads end when they are released, and are started anew when they are needed again. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { isReleased, type ThreadStart, workerThreads } from '../../../src/cli/workers/threads.js';

const built = path.resolve(import.meta.dirname, '../../../dist/cli/workers/thread.js');
/** Is refused by the thread that is asked for it. */
const unknown = { name: 'no such task', run: (input: number) => input };

describe('worker threads', () => {
  it('end without an error when they are released, and are started anew', async () => {
    const starts: ThreadStart[] = [];
    const ends: Promise<number>[] = [];
    const threads = workerThreads(3, (start) => {
      starts.push(start);
      const thread = new Worker(built, { workerData: start, transferList: [start.port] });
      ends.push(
        new Promise((resolve, reject) => {
          thread.on('exit', resolve);
          thread.on('error', reject);
        }),
      );
    });
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
    const threads = workerThreads(2, (start) => {
      const thread = new Worker(built, { workerData: start, transferList: [start.port] });
      end = new Promise((resolve, reject) => {
        thread.on('exit', resolve);
        thread.on('error', reject);
      });
    });
    threads.start();
    expect(() => threads.run(unknown, [1, 2])).toThrow(/no thread knows the task/);
    threads.release();
    threads.release();
    expect(await end).toBe(0);
  });
});
