/**
 * The fast engine on several threads: one makes ready what samples need, each keeps an engine of its own that
 * begins with it, and runs a part of every batch. A sample's result does not depend on its neighbours, so
 * neither does it on the number of threads.
 */
import { complete, type Steps } from '../../core/steps.js';
import type { Threads, ThreadTask } from '../../core/threads.js';
import { checkBatch } from '../float.js';
import { checkProgram, type PrunedProgram } from '../pruned-program.js';
import { largerBound } from '../sample-size.js';
import {
  type FastEngine,
  type FastOptions,
  type Prepared,
  type SharedEngine,
  vectorFastEngine,
} from './fast-engine.js';
import { SEPARATOR } from './used-arithmetic.js';

/** Options that can be sent to a thread. */
export type SentOptions = Omit<FastOptions, 'machines'>;

/** A batch's share of one thread: to be run, or only prepared for. */
interface Part<Program, Layout> {
  readonly engine: string;
  /** What the engine is made from, where the thread may not have it. */
  readonly source?: {
    readonly program: Program;
    readonly options: SentOptions;
    readonly prepared: Prepared<Layout>;
  };
  readonly batch: Float64Array;
  readonly samples: number;
  readonly first: number;
  readonly prepare: boolean;
}

/** Null where the thread does not have the engine: it is a new one, or has had others since. */
type PartResult = {
  readonly values: Float64Array;
  readonly arithmetic: string;
  readonly reason: string;
  /** Of everything that this thread has run; the bounds grow with its samples. */
  readonly error: Float64Array;
} | null;

/** This thread's engines by their names, the last one used at the end. */
const engines = new Map<string, SharedEngine<unknown>>();

/** Engines that a thread keeps: each can be as large as a ticket's network. */
const MOST_ENGINES = 2;

/** How the engines of one kind of network are made, here and on threads. */
export interface FastWork<Program extends PrunedProgram, Layout> {
  readonly engine: (
    program: Program,
    options: FastOptions,
    prepared?: Prepared<Layout>,
  ) => SharedEngine<Layout>;
  /** A part of a batch on one thread. */
  readonly task: ThreadTask<Part<Program, Layout>, PartResult>;
}

export function fastWork<Program extends PrunedProgram, Layout>(
  name: string,
  make: FastWork<Program, Layout>['engine'],
): FastWork<Program, Layout> {
  const task: ThreadTask<Part<Program, Layout>, PartResult> = {
    name,
    *run(part) {
      const engine = engineOf(part, make);
      if (engine === undefined) return null;
      let values: Float64Array = new Float64Array(0);
      if (part.prepare) yield* engine.prepareSteps(part.batch, part.samples);
      else values = yield* engine.runSteps(part.batch, part.samples, part.first);
      return {
        values,
        arithmetic: engine.arithmetic(),
        reason: engine.reason(),
        error: engine.error(),
      };
    },
  };
  return { engine: make, task };
}

const VECTORS = fastWork('fast inference', vectorFastEngine);
export const fastTask = VECTORS.task;

/** What was made ready since the engine was made comes with another source. */
function engineOf<Program extends PrunedProgram, Layout>(
  { engine: name, source }: Part<Program, Layout>,
  make: FastWork<Program, Layout>['engine'],
): FastEngine | undefined {
  const before = engines.get(name);
  const lacks =
    source !== undefined &&
    (before === undefined || amountOf(before.prepared()) < amountOf(source.prepared));
  const engine = lacks ? make(source.program, source.options, source.prepared) : before;
  if (engine === undefined) return undefined;
  keep(name, engine);
  return engine;
}

/** How many layouts there are, and ways to compute: neither is ever forgotten. */
function amountOf({ limits, layouts }: Prepared<unknown>): number {
  return [...limits.values()].reduce((sum, { candidates }) => sum + candidates.size, layouts.size);
}

function keep(name: string, engine: SharedEngine<unknown>): void {
  engines.delete(name);
  engines.set(name, engine);
  for (const old of [...engines.keys()].slice(0, -MOST_ENGINES)) engines.delete(old);
}

/** Engines that were made here: no two of one process have the same name. */
let made = 0;

/** A fast engine that divides each batch among the threads. */
export function threadedFastEngine(
  program: PrunedProgram,
  options: SentOptions,
  threads?: Threads,
): Omit<FastEngine, 'additions'> {
  return dividedFastEngine(VECTORS, program, options, threads);
}

/** The same for a network of any kind. */
export function dividedFastEngine<Program extends PrunedProgram, Layout>(
  { engine: make, task }: FastWork<Program, Layout>,
  program: Program,
  options: SentOptions,
  threads?: Threads,
): Omit<FastEngine, 'additions'> {
  checkProgram(program);
  const own = make(program, options);
  if (threads === undefined || threads.count === 1) return own;
  const { outputs } = program;
  const raw = (program.maps ?? program).scales.length;
  const engine = `engine ${++made}`;
  const used = new Set<string>();
  /** For each arithmetic the reason of the thread with the largest samples. */
  const reasons = new Map<string, { readonly reason: string; readonly most: number }>();
  let error: Float64Array = new Float64Array(outputs);
  const { run, count } = threads;
  /** How much of what is ready the threads have been given. */
  let sent = 0;

  /** Samples of a part; all but the last are full. */
  const partSize = (samples: number): number => Math.ceil(samples / count);

  function* share(
    batch: Float64Array,
    samples: number,
    first: number,
    prepare: boolean,
  ): Steps<NonNullable<PartResult>[]> {
    checkBatch(batch, samples, raw);
    const size = partSize(samples);
    const parts: Part<Program, Layout>[] = [];
    for (let from = 0; from < samples; from += size) {
      const own = Math.min(size, samples - from);
      const part = batch.slice(from * raw, (from + own) * raw);
      parts.push({ engine, batch: part, samples: own, first: first + from, prepare });
    }
    // Made once, here: a thread that makes it again only takes the others' memory bandwidth.
    for (const { batch: part, samples: size } of parts) yield* own.prepareSteps(part, size);
    const prepared = own.prepared();
    keep(engine, own);
    // As many parts go to the same threads each time.
    const known = amountOf(prepared);
    if (known === sent) {
      const results = (yield* run(task, parts)).filter((result) => result !== null);
      if (results.length === parts.length) return results;
    }
    sent = known;
    const source = { program, options, prepared };
    const results = yield* run(
      task,
      parts.map((part): Part<Program, Layout> => ({ ...part, source })),
    );
    return results as NonNullable<PartResult>[];
  }

  function* runSteps(batch: Float64Array, samples: number, first = 0): Steps<Float64Array> {
    const result = new Float64Array(samples * outputs);
    for (const [index, part] of (yield* share(batch, samples, first, false)).entries()) {
      result.set(part.values, index * partSize(samples) * outputs);
      for (const each of part.arithmetic.split(SEPARATOR)) used.add(each);
      const most = part.error.reduce((one, other) => Math.max(one, other), 0);
      if (most >= (reasons.get(part.arithmetic)?.most ?? 0)) {
        reasons.set(part.arithmetic, { reason: part.reason, most });
      }
      error = largerBound(error, part.error);
    }
    return result;
  }

  function* prepareSteps(batch: Float64Array, samples: number): Steps<void> {
    yield* share(batch, samples, 0, true);
  }

  return {
    prepare: (batch, samples) => complete(prepareSteps(batch, samples)),
    prepareSteps,
    run: (batch, samples, first) => complete(runSteps(batch, samples, first)),
    runSteps,
    arithmetic: () => [...used].join(SEPARATOR),
    reason: () =>
      [...new Set([...reasons.values()].flatMap(({ reason }) => reason.split(SEPARATOR)))]
        .filter((reason) => reason !== '')
        .join(SEPARATOR),
    error: () => error,
  };
}
