/** One thread of a study: computes the points it is sent, one after the other. See `study-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { runPoint, type StudyName } from '../../study/studies.js';
import type { JsonRecord } from '../../study/study.js';
import type { PoolMessage } from './study-pool.js';
import { transferError } from './transferred-error.js';

const { study } = workerData as { study: StudyName };

parentPort?.on('message', ({ index, point }: { index: number; point: JsonRecord }) => {
  let message: PoolMessage;
  try {
    message = { type: 'result', index, result: runPoint(study, point) };
  } catch (error) {
    message = { type: 'error', error: transferError(error) };
  }
  parentPort?.postMessage(message);
});
