/**
 * The fast engine on several threads: each keeps an engine of its own and runs a part of every batch.
 * A sample's result does not depend on its neighbours, so neither does it on the number of threads.
 */
import { complete, type Steps } from '../../core/steps.js';
import type { Threads, ThreadTask } from '../../core/threads.js';
import { checkBatch } from '../float.js';
import { checkProgram, type PrunedProgram } from '../pruned-program.js';
import { largerBound } from '../sample-size.js';
import { type FastEngine, type FastOptions, fastEngine } from './fast-engine.js';

/** Options that can be sent to a thread. */
export type SentOptions = Omit<FastOptions, 'machines'>;

/** The engine to make, or samples for the engine made before: to be run, or only prepared for. */
type Part =
  | { readonly program: PrunedProgram; readonly options: SentOptions }
  | {
      readonly batch: Float64Array;
      readonly samples: number;
      readonly first: number;
      readonly prepare: boolean;
    };

interface PartResult {
  readonly values: Float64Array;
  readonly arithmetic: string;
  readonly reason: string;
  /** Of everything that this thread has run; the bounds grow with its samples. */
  readonly error: Float64Array;
}

const NOTHING: PartResult = {
  values: new Float64Array(0),
  arithmetic: '',
  reason: '',
  error: new Float64Array(0),
};

/** This thread's engine: tasks with the same number always go to the same thread. */
let engine: FastEngine | null = null;

/** A part of a batch on one thread. */
export const fastTask: ThreadTask<Part, PartResult> = {
  name: 'fast inference',
  *run(part) {
    if ('program' in part) {
      engine = fastEngine(part.program, part.options);
      return NOTHING;
    }
    if (engine === null) throw new Error('no engine was sent to this thread');
    if (part.prepare) {
      engine.prepare(part.batch, part.samples);
      return NOTHING;
    }
    const values = yield* engine.runSteps(part.batch, part.samples, part.first);
    return {
      values,
      arithmetic: engine.arithmetic(),
      reason: engine.reason(),
      error: engine.error(),
    };
  },
};

/**
 * A fast engine that divides each batch among the threads. One at a time: the threads keep one engine.
 */
export function threadedFastEngine(
  program: PrunedProgram,
  options: SentOptions,
  threads?: Threads,
): Omit<FastEngine, 'additions'> {
  checkProgram(program);
  if (threads === undefined || threads.count === 1) return fastEngine(program, options);
  const { inputs, constant, outputs } = program;
  const raw = inputs - (constant ? 1 : 0);
  const engines = Array.from({ length: threads.count }, () => ({ program, options }));
  complete(threads.run<Part, PartResult>(fastTask, engines));
  const used = new Set<string>();
  /** For each arithmetic the reason of the thread with the largest samples. */
  const reasons = new Map<string, { readonly reason: string; readonly most: number }>();
  let error: Float64Array = new Float64Array(outputs);
  /** Samples of a part; all but the last are full. */
  const partSize = (samples: number): number => Math.ceil(samples / threads.count);
  const { run } = threads;
  function share(
    batch: Float64Array,
    samples: number,
    first: number,
    prepare: boolean,
  ): PartResult[] {
    checkBatch(batch, samples, raw);
    const size = partSize(samples);
    const parts: Part[] = [];
    for (let from = 0; from < samples; from += size) {
      const count = Math.min(size, samples - from);
      const part = batch.slice(from * raw, (from + count) * raw);
      parts.push({ batch: part, samples: count, first: first + from, prepare });
    }
    return complete(run(fastTask, parts));
  }

  function runAll(batch: Float64Array, samples: number, first: number): Float64Array {
    const result = new Float64Array(samples * outputs);
    for (const [index, part] of share(batch, samples, first, false).entries()) {
      result.set(part.values, index * partSize(samples) * outputs);
      used.add(part.arithmetic);
      const most = part.error.reduce((first, second) => Math.max(first, second), 0);
      if (most >= (reasons.get(part.arithmetic)?.most ?? 0)) {
        reasons.set(part.arithmetic, { reason: part.reason, most });
      }
      error = largerBound(error, part.error);
    }
    return result;
  }

  return {
    prepare(batch, samples) {
      share(batch, samples, 0, true);
    },
    // biome-ignore lint/correctness/useYield: see below.
    *prepareSteps(batch, samples): Steps<void> {
      share(batch, samples, 0, true);
    },
    run: (batch, samples, first = 0) => runAll(batch, samples, first),
    // One unit: threads drop the results of a run that another one overtakes.
    // biome-ignore lint/correctness/useYield: see above.
    *runSteps(batch, samples, first = 0): Steps<Float64Array> {
      return runAll(batch, samples, first);
    },
    arithmetic: () => [...used].join('; '),
    reason: () =>
      [...new Set(Array.from(reasons.values(), ({ reason }) => reason))]
        .filter((reason) => reason !== '')
        .join('; '),
    error: () => error,
  };
}
