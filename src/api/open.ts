/** A ticket of any kind as the network that it is. */

import { check, checkAll, hasPart, type Kind, NUMBER, oneOf } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkOptions, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform, retold, type Steps } from '../core/steps.js';
import type { EngineName } from '../inference/engine-names.js';
import {
  checkEngine,
  ENGINE_OPTIONS,
  type EngineReport,
  FEW_SAMPLES,
  type OpenEngineOptions,
  type OpenedEngine,
  openEngineSteps,
  sizeOf,
} from '../inference/open-engine.js';
import {
  LAYOUTS,
  mapSamplesOf,
  reorderingFrom,
  type SampleLayout,
} from '../inference/sample-layout.js';
import { checkTicketOfAnyKind } from '../ticket/check-ticket.js';
import type { Ticket } from '../ticket/ticket.js';
import { loadEngines } from './load-engines.js';

export interface OpenOptions extends Omit<OpenEngineOptions, 'samples'> {
  /** `auto` (the default) chooses by the ticket's kind and the number of samples of each run. */
  readonly engine?: EngineName;
  /**
   * The order of samples of feature maps, by default the one that the ticket takes: `nchw`, channel by channel,
   * or `nhwc`, position by position.
   */
  readonly layout?: SampleLayout;
}

/** Numbers of samples, one after another. */
export type SampleValues = Float64Array | Float32Array | readonly number[];

export interface OpenTicket {
  /** Numbers of one sample. */
  readonly inputs: number;
  /** Numbers of its result. */
  readonly outputs: number;
  /**
   * Outputs of one sample or many, row-major both. The first run makes the engine ready, which can take
   * longer than the samples. Works in steps as `find` does, each of one sample or more (with `threads`, of one batch, the
   * first of which makes them ready); rejects with the
   * signal's reason soon after it is aborted, with a `UsageError` for numbers that are not whole samples,
   * and with an `InputError` for samples outside the signs of the ticket's domain, unless allowed.
   */
  run(samples: SampleValues, watch?: Watch): Promise<Float64Array>;
  /** Which engine ran last, and how far off its outputs may be; null before the first run. */
  report(): EngineReport | null;
}

const { samples: _, ...ENGINE } = ENGINE_OPTIONS;
const OPTIONS = { ...ENGINE, layout: oneOf(LAYOUTS) };

/** Numbers that engines take, and copy, at a time. */
const BATCH_NUMBERS = 2 ** 20;

/**
 * Opens a ticket for samples. Bounds and accuracy hold for tickets that are proved. Throws a `UsageError`
 * for what is no ticket, and for options that make no sense, also together or for a ticket of its kind.
 */
export function open(ticket: Ticket, options: OpenOptions = {}): OpenTicket {
  checkTicketOfAnyKind(ticket);
  checkOptions('open', options, OPTIONS);
  checkEngine(ticket, options);
  checkThreads(options);
  const { inputs, outputs } = sizeOf(ticket);
  const reorder = reorderingFrom(options.layout, mapSamplesOf(ticket));
  const engines = new Map<boolean, OpenedEngine>();
  let last: OpenedEngine | null = null;

  function* engineFor(samples: number): Steps<OpenedEngine> {
    const isFew = samples <= FEW_SAMPLES;
    const isChosen = (options.engine ?? 'auto') === 'auto';
    // What is opened is kept, for any number of samples that may come.
    const expected = isChosen && isFew ? { samples } : {};
    const engine =
      engines.get(isFew) ?? (yield* openEngineSteps(ticket, { ...options, ...expected }));
    engines.set(isFew, engine);
    if (!isChosen) engines.set(!isFew, engine);
    return engine;
  }

  function* runSteps(values: Float64Array): Steps<Float64Array> {
    const samples = values.length / inputs;
    const engine = yield* engineFor(samples);
    last = engine;
    const results = new Float64Array(samples * outputs);
    const size = Math.max(1, Math.floor(BATCH_NUMBERS / Math.max(inputs, outputs)));
    const batch = (from: number): Float64Array => {
      const part = values.subarray(from * inputs, (from + size) * inputs);
      return reorder === null ? part : reorder(part);
    };
    yield* engine.prepareSteps(batch(0), Math.min(size, samples));
    yield { stage: 'run', done: 0, total: samples };
    for (let from = 0; from < samples; from += size) {
      const count = Math.min(size, samples - from);
      const steps = retold(engine.evaluateSteps(batch(from), count, from), (progress) =>
        // What a later batch needs to be made ready is part of the run.
        progress.stage === 'run'
          ? { ...progress, done: from + progress.done, total: samples }
          : undefined,
      );
      results.set(yield* steps, from * outputs);
      yield { stage: 'run', done: from + count, total: samples };
    }
    return results;
  }

  return {
    inputs,
    outputs,
    async run(samples, watch = {}) {
      checkOptions('run', watch, WATCH);
      const values = wholeSamples(samples, inputs);
      await loadEngines(ticket, { ...options, samples: values.length / inputs });
      return perform(runSteps(values), watch);
    },
    report: () => last?.report() ?? null,
  };
}

/** Threads that an engine has no work for. */
function checkThreads({ engine = 'auto', threads }: OpenOptions): void {
  if (threads === undefined || engine === 'auto' || engine === 'fast') return;
  throw new UsageError(
    `option "threads" with option "engine: ${engine}": that engine is one thread's; leave one of them out`,
  );
}

const SAMPLES: Kind = {
  is: (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && hasPart(value, 'length')),
  not: 'no list of numbers',
};

/** The numbers as float64. */
function wholeSamples(samples: SampleValues, inputs: number): Float64Array {
  check('samples', samples, SAMPLES);
  const { length } = samples;
  if (length === 0 || length % inputs !== 0) {
    throw new UsageError(
      `samples: ${length} numbers are no whole samples of ${inputs}; give ${inputs} for each, one after another`,
    );
  }
  if (samples instanceof Float64Array) return samples;
  // Lists hold anything, typed arrays of BigInts no numbers.
  checkAll('samples', samples, NUMBER);
  return Float64Array.from(samples);
}
