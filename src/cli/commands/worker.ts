/** `unearth worker`: computes jobs of a queue for others until it is told to stop. */
import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { TASK_GROUPS, type TaskGroup } from '../../cluster/tasks/index.js';
import { InputError, UsageError } from '../../core/errors.js';
import { exitCodeOf, onSignals } from '../exit-guard.js';
import {
  folderName,
  memoryOption,
  positiveNumber,
  threadsOption,
  wholeNumber,
} from '../options.js';
import { addQueueFlags, placeOf, type QueueFlags } from '../queue-flags.js';
import { systemCode } from '../system-error.js';
import { printNote } from '../text/print.js';

interface WorkerFlags extends QueueFlags {
  readonly threads: number;
  readonly folder?: string;
  readonly tasks: readonly TaskGroup[];
  readonly memory: number;
  readonly seconds: number;
  readonly untilIdle?: number;
  readonly lostAfter: number;
}

const GROUPS = Object.keys(TASK_GROUPS) as TaskGroup[];

function groupsOf(text: string): TaskGroup[] {
  const names = text.split(',');
  const unknown = names.find((name) => !GROUPS.includes(name as TaskGroup));
  if (unknown !== undefined) {
    throw new UsageError(`--tasks ${unknown}: choose among ${GROUPS.join(', ')}`);
  }
  return [...new Set(names)] as TaskGroup[];
}

/** Throws an `InputError` now, not for each job, where files can neither be read from a folder nor put there. */
function refuseUnusable(folder: string): void {
  const refuse = (problem: string): never => {
    throw new InputError({
      ...{ file: folder, place: '', problem },
      remedy: 'name a folder that exists and may be written to, which those who ask see too',
    });
  };
  try {
    if (!statSync(folder).isDirectory()) refuse('this is no folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof InputError) throw error;
    refuse(`files cannot be put there (${systemCode(error)})`);
  }
}

/** What a timer takes: 24.8 days. */
const MOST_SECONDS = 2_147_483;

async function work(flags: WorkerFlags): Promise<void> {
  const place = placeOf(flags);
  if (place === undefined) throw new UsageError('--queue is missing');
  const { threads, tasks, memory, seconds, untilIdle, lostAfter } = flags;
  if (flags.folder !== undefined) refuseUnusable(flags.folder);
  // What comes through the queue's server lies in a folder of the worker's own.
  const own = flags.folder === undefined ? mkdtempSync(path.join(tmpdir(), 'unearth-')) : null;
  const remove = (): void => {
    if (own !== null) rmSync(own, { recursive: true, force: true });
  };
  process.once('exit', remove);
  const { startWorker } = await import('../../cluster/worker.js');
  const worker = await startWorker({
    ...{ place, threads, tasks, memory, seconds, say: printNote },
    folder: flags.folder ?? own,
    lostAfter: 1000 * lostAfter,
    ...(untilIdle === undefined ? {} : { untilIdle }),
  });
  printNote(`worker ${worker.name}: ${threads} threads, ${tasks.join(', ')}`);
  let signal: string | undefined;
  const release = onSignals({
    interrupt(received) {
      signal = received;
      printNote('finishing the jobs in hand; a second signal ends them');
      worker.stop();
    },
    lastly: () => undefined,
  });
  const done = await worker.ended;
  release();
  printNote(`worker ${worker.name}: ${done} jobs done`);
  // Jobs in hand were finished: nothing is amiss, unless it was a person who interrupted it.
  process.exit(signal === 'SIGINT' ? exitCodeOf('SIGINT') : 0);
}

export function configureWorker(command: Command): void {
  addQueueFlags(command, 'the queue: redis://host:6379, or rediss://user@host:6379', true)
    .addOption(threadsOption('that compute, a job each'))
    .option(
      '--folder <folder>',
      'a folder that is shared with those who ask, for tickets and data',
      folderName,
    )
    .option('--tasks <names>', `what to do: some of ${GROUPS.join(',')}`, groupsOf, GROUPS)
    .option(
      '--seconds <n>',
      'most seconds of a job',
      positiveNumber('--seconds', MOST_SECONDS),
      3600,
    )
    .option(
      '--until-idle <s>',
      'end after so many seconds without a job',
      wholeNumber('--until-idle', 1, 1e6),
    )
    .option(
      '--lost-after <s>',
      'after how many seconds without a sign of it its jobs are done by others',
      wholeNumber('--lost-after', 3, 86_400),
      30,
    )
    .addOption(memoryOption())
    .action(work);
}
