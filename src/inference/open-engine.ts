/**
 * Which engine and number type fit a ticket, with the reason in words: one call that makes any ticket
 * ready for batches of samples. Every engine keeps the accuracy that was asked for, or hands samples to
 * exact arithmetic; it states its rounding error, and counts samples outside the ticket's domain.
 */
import { checkObject, checkWhole, oneOf, POSITIVE, whole } from '../core/arguments.js';
import { InputError, UsageError } from '../core/errors.js';
import { checkValues, MEMORY, type OptionKinds, THREADS } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { effectiveNetwork } from '../integer/effective-network.js';
import { depthOf, widthOf } from '../source/shape.js';
import type { InputSign } from '../target/network.js';
import { checkTicketOfAnyKind } from '../ticket/check-ticket.js';
import { admitNeurons } from '../ticket/cost.js';
import type { BaselineTicket, ConstructedTicket, Ticket, TrainedTicket } from '../ticket/ticket.js';
import { whyNotAccurate } from './accuracy-reason.js';
import { type DomainMonitor, domainMonitor, type OutsideReport } from './domain-monitor.js';
import { edgeBoundSteps } from './edge-bound.js';
import { type ActualEngine, ENGINES, type EngineName } from './engine-names.js';
import { type ErrorReport, errorReport } from './error-report.js';
import {
  type EvaluationBound,
  evaluationBoundSteps,
  float32BudgetSteps,
  integerLayers,
  networkLayers,
} from './evaluation-bound.js';
import { roundedSteps, runExactSteps } from './exact.js';
import type { Exactness } from './fast/fast-engine.js';
import { exactUnit } from './fast/fast-options.js';
import { threadedFastEngine } from './fast/thread-task.js';
import { checkBatch, floatEngineSteps } from './float.js';
import { FLOAT64 } from './float-format.js';
import { foldedEngineSteps, runFoldedExactSteps } from './folded.js';
import { type Arithmetic, type FloatArithmetic, guardedEngine } from './guarded.js';
import { networkEngineSteps } from './network-engine.js';
import { compileTicketSteps, type PrunedProgram } from './pruned-program.js';
import { quotients } from './quotients.js';
import { inputScales, roundedOnce, sizesWithin } from './sample-size.js';
import { compileTrainedSteps, trainedEngineSteps } from './trained.js';
import {
  compileBaselineSteps,
  runWeightedExactSteps,
  type WeightedProgram,
  weightedEngineSteps,
} from './weighted.js';
import { trainedBound, weightedBound } from './weighted-bound.js';

export interface OpenEngineOptions {
  /** `auto` by default: `fast` for more than a few samples, else `float`. */
  readonly engine?: EngineName;
  /**
   * `float` (the default): every output is within the error that evaluating the network in float32
   * could have (`float32Budget`), provably. `bits`: the exact output, rounded once.
   */
  readonly exactness?: Exactness;
  /** How many samples will come, as far as that is known: what `auto` decides by. */
  readonly samples?: number;
  /** What every input is divided by before it enters the network; 1 by default. */
  readonly divide?: number;
  /** Samples outside the signs of the ticket's domain: an `InputError` (the default), or allowed. */
  readonly outside?: 'refuse' | 'allow';
  /** Threads that share the batches of `fast`. */
  readonly threads?: Threads;
  /** Most bytes of memory that the ticket's network may take; the limit of readers by default. */
  readonly memory?: number;
}

export interface EngineReport {
  /** The engine that computed: `exact` where every sample went there. */
  readonly engine: ActualEngine;
  /** Why this engine, and why no faster arithmetic. */
  readonly reason: string;
  /** What it computed with, in words. */
  readonly arithmetic: string;
  readonly error: ErrorReport;
  readonly outside: OutsideReport;
}

export interface OpenedEngine {
  readonly inputs: number;
  readonly outputs: number;
  /** Does beforehand what has to be done once for samples like these. */
  prepare(batch: Float64Array, samples: number): void;
  /** The same in steps of stage `compile`. */
  prepareSteps(batch: Float64Array, samples: number): Steps<void>;
  /**
   * Outputs of `samples` inputs, both row-major, the batch before its division. All outputs are finite.
   * Errors number the samples from `first`, the number of the batch's first one.
   */
  evaluate(batch: Float64Array, samples: number, first?: number): Float64Array;
  /** The same in steps: what has to be done once for such samples is of stage `compile`. */
  evaluateSteps(batch: Float64Array, samples: number, first?: number): Steps<Float64Array>;
  /** On everything evaluated so far. */
  report(): EngineReport;
}

/** Fewer samples than this are through edge by edge before the fast engine is ready. */
export const FEW_SAMPLES = 32;

/** What computes, behind checks and division. */
interface Core {
  /** Whether batches come undivided, and `run` divides them: exactly where the divisor is an `exactUnit`. */
  readonly divides: boolean;
  prepareSteps?(batch: Float64Array, samples: number): Steps<void>;
  runSteps(
    batch: Float64Array,
    samples: number,
    first: number,
    wrongSigns: Uint8Array,
  ): Steps<Float64Array>;
  state(): Omit<EngineReport, 'error' | 'outside'> & { readonly error: Float64Array | null };
}

/** What the options may hold. */
export const ENGINE_OPTIONS: OptionKinds<OpenEngineOptions> = {
  engine: oneOf(ENGINES),
  exactness: oneOf(['float', 'bits']),
  samples: whole(0, Number.MAX_SAFE_INTEGER),
  divide: POSITIVE,
  outside: oneOf(['refuse', 'allow']),
  threads: THREADS,
  memory: MEMORY,
};

/**
 * Throws a `UsageError` where a kind of ticket lacks the engine or the exactness that is asked for, or an
 * engine the exactness.
 */
export function checkEngine(
  { kind }: Ticket,
  { engine = 'auto', exactness = 'float' }: OpenEngineOptions,
): void {
  const refuse = (option: string, why: string): never => {
    throw new UsageError(`${option}: ${why}`);
  };
  if (kind === 'baseline' && engine === 'fast') {
    refuse('option "engine: fast"', 'it only adds, and this ticket has real weights; give float');
  }
  if (kind === 'trained' && engine !== 'auto' && engine !== 'float') {
    const why = 'the outputs of a trained ticket are defined in float64; give float';
    refuse(`option "engine: ${engine}"`, why);
  }
  if (exactness === 'float') return;
  if (kind === 'trained') {
    const why = 'the outputs of a trained ticket are defined in float64; give float';
    refuse('option "exactness: bits"', why);
  }
  if (engine === 'float' || engine === 'folded') {
    const options = `option "exactness: bits" with option "engine: ${engine}"`;
    const others = kind === 'baseline' ? 'exact' : 'fast or exact';
    refuse(options, `that engine computes in float64; give the engine ${others}`);
  }
}

/**
 * Makes an engine ready for a ticket. Bounds and accuracy hold for tickets that are proved (`verify`).
 * Throws a `UsageError` where the ticket's kind lacks the engine or the exactness.
 */
export function openEngine(ticket: Ticket, options: OpenEngineOptions & Watch = {}): OpenedEngine {
  return complete(openEngineSteps(ticket, options), options);
}

/** The same in steps of stage `compile`, counted in layers. */
export function* openEngineSteps(
  ticket: Ticket,
  options: OpenEngineOptions = {},
): Steps<OpenedEngine> {
  checkTicketOfAnyKind(ticket);
  checkObject('options', options);
  checkValues(options, ENGINE_OPTIONS);
  checkEngine(ticket, options);
  const { divide = 1, outside = 'refuse' } = options;
  const { inputs, outputs, inputSigns, domain } = sizeOf(ticket);
  const core = yield* coreOf(ticket, options);
  const monitor: DomainMonitor = domainMonitor({
    ...{ domain, inputSigns, divide, outside },
    dividesExactly: core.divides && exactUnit(divide) === divide,
  });
  const entering = (batch: Float64Array, first: number): Float64Array =>
    divide === 1 ? batch : quotients(batch, divide, inputs, first);
  function* evaluateSteps(batch: Float64Array, samples: number, first = 0): Steps<Float64Array> {
    checkBatch(batch, samples, inputs);
    checkWhole('first', first, 0, Number.MAX_SAFE_INTEGER);
    const values = entering(batch, first);
    const wrongSigns = monitor.check(batch, values, samples, first);
    return yield* core.runSteps(core.divides ? batch : values, samples, first, wrongSigns);
  }
  function* prepareSteps(batch: Float64Array, samples: number): Steps<void> {
    if (core.prepareSteps === undefined) return;
    yield* core.prepareSteps(core.divides ? batch : entering(batch, 0), samples);
  }
  return {
    inputs,
    outputs,
    prepare: (batch, samples) => complete(prepareSteps(batch, samples)),
    prepareSteps,
    evaluate: (batch, samples, first) => complete(evaluateSteps(batch, samples, first)),
    evaluateSteps,
    report() {
      const { error, ...state } = core.state();
      const outsideReport = monitor.report();
      return {
        ...state,
        error: errorReport(ticket, outputs, error, outsideReport),
        outside: outsideReport,
      };
    },
  };
}

/** Number of inputs (the constant not among them) and outputs, and the inputs' domain. */
export function sizeOf(ticket: Ticket): {
  readonly inputs: number;
  readonly outputs: number;
  readonly inputSigns: readonly InputSign[];
  readonly domain: ConstructedTicket['domain'];
} {
  if (ticket.kind === 'trained') {
    const inputs = ticket.widths[0] as number;
    return {
      inputs,
      outputs: ticket.widths[ticket.widths.length - 1] as number,
      inputSigns: new Array<InputSign>(inputs).fill('signed'),
      domain: { kind: 'all' },
    };
  }
  const { domain, shape } = ticket;
  const { inputSigns } = ticket.kind === 'baseline' ? ticket.effective : ticket;
  const outputs = widthOf(shape, depthOf(shape));
  return { inputs: inputSigns.length, outputs, inputSigns, domain };
}

function coreOf(ticket: Ticket, options: OpenEngineOptions): Steps<Core> {
  switch (ticket.kind) {
    case 'constructed':
      return constructedCore(ticket, options);
    case 'baseline':
      return baselineCore(ticket, options);
    case 'trained':
      return trainedCore(ticket, options);
  }
}

/** The engine that suits, and why; one that was asked for needs no reason. */
function choose({ engine = 'auto', exactness, samples }: OpenEngineOptions): {
  readonly name: ActualEngine;
  readonly why: string;
} {
  if (engine !== 'auto') return { name: engine, why: '' };
  if (samples === undefined || samples > FEW_SAMPLES) {
    return { name: 'fast', why: `for more than ${FEW_SAMPLES} samples` };
  }
  const why = `for at most ${FEW_SAMPLES} samples`;
  return { name: exactness === 'bits' ? 'exact' : 'float', why };
}

function* constructedCore(ticket: ConstructedTicket, options: OpenEngineOptions): Steps<Core> {
  const { name, why } = choose(options);
  const { exactness = 'float', divide = 1, threads, memory } = options;
  if (name === 'folded') return yield* foldedCore(ticket, divide, why);
  if (name === 'fast') threads?.start?.();
  const program = yield* compileTicketSteps(ticket, memory);
  admitNeurons(widest(program), memory);
  const { inputSigns } = ticket;
  if (name === 'fast') {
    const engine = threadedFastEngine(program, { exactness, divide, inputSigns }, threads);
    let wrong = false;
    return {
      divides: true,
      prepareSteps: engine.prepareSteps,
      *runSteps(batch, samples, first, wrongSigns) {
        wrong ||= wrongSigns.includes(1);
        return yield* engine.runSteps(batch, samples, first);
      },
      state: () => ({
        engine: 'fast',
        reason: joined(why, engine.reason()),
        arithmetic: engine.arithmetic(),
        // What the integer network says of sizes does not hold outside the signs.
        error: wrong ? null : engine.error(),
      }),
    };
  }
  const unit = exactUnit(divide);
  const exactly = unit === divide;
  // The exact engine divides by whole numbers itself; behind a float engine it gets what that one gets.
  const divides = name === 'exact' && exactly;
  const exact: Arithmetic = {
    text: 'BigInt additions and subtractions',
    runSteps: (batch, samples) =>
      roundedSteps(runExactSteps(program, batch, samples, divides ? unit : 1)),
    error: roundedOnce(program.float32.sizes, divides || divide === 1 ? 0 : 1),
  };
  const float = name === 'exact' ? null : yield* edgeArithmetic(ticket, program, divide);
  return guardedCore(name, why, {
    ...{ divides, unit: divides ? unit : 1, float, exact },
    ...{ outputs: program.outputs, scales: program.scales },
  });
}

/** Live neurons of the widest layer of a program: what a batch's values are held for. */
function widest({ inputs, layers }: PrunedProgram | WeightedProgram): number {
  return layers.reduce((most, { neurons }) => Math.max(most, neurons.length), inputs);
}

/** Null where the ticket's integers exceed what the engine takes. */
function* edgeArithmetic(
  ticket: ConstructedTicket,
  program: PrunedProgram,
  divide: number,
): Steps<FloatArithmetic | null> {
  const { target, assignments, inputSigns } = ticket;
  const { scales } = program;
  const run = unlessRefused(() => floatEngineSteps(program));
  if (run === null) return null;
  const inputRoundings = divide === 1 ? 0 : 1;
  const described = { program, target, assignments, inputSigns, scales, inputRoundings };
  const bound = yield* edgeBoundSteps(described);
  return floatArithmetic('float64 additions and subtractions, block scaling', run, bound, {
    budget: program.float32,
    anySign: false,
  });
}

function unlessRefused<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function floatArithmetic(
  text: string,
  runSteps: FloatArithmetic['runSteps'],
  bound: EvaluationBound,
  { budget, anySign }: { readonly budget: EvaluationBound; readonly anySign: boolean },
): FloatArithmetic {
  const { error, reach } = bound;
  const refusal = (size: number): string => whyNotAccurate('float64', bound, budget.error, size);
  return {
    text,
    runSteps,
    error,
    reach,
    anySign,
    sizes: sizesWithin(error, budget.error),
    refusal,
  };
}

function* foldedCore(ticket: ConstructedTicket, divide: number, why: string): Steps<Core> {
  const { target, domain, inputSigns } = ticket;
  const scales = inputScales(domain, inputSigns.length);
  const budget = yield* float32BudgetSteps(integerLayers(target), scales);
  const inputRoundings = divide === 1 ? 0 : 1;
  // A weight is rounded if its integer exceeds 2^53, and twice if its scale is decimal.
  const rounding = { format: FLOAT64, inputs: inputRoundings, weights: 3 };
  const bound = yield* evaluationBoundSteps(integerLayers(target), scales, rounding);
  return guardedCore('folded', why, {
    ...{ divides: false, unit: 1, outputs: bound.error.perSize.length, scales },
    float: floatArithmetic(
      'float64 multiplications by the folded integers',
      foldedEngineSteps(target),
      bound,
      { budget, anySign: true },
    ),
    exact: {
      text: 'BigInt multiplications by the folded integers',
      runSteps: (batch, samples) => roundedSteps(runFoldedExactSteps(target, batch, samples)),
      error: roundedOnce(budget.sizes, inputRoundings),
    },
  });
}

function* baselineCore(ticket: BaselineTicket, options: OpenEngineOptions): Steps<Core> {
  const { engine = 'auto', exactness = 'float', divide = 1 } = options;
  const why = 'for a ticket with real weights';
  const name = engine === 'auto' ? (exactness === 'bits' ? 'exact' : 'float') : engine;
  const network = effectiveNetwork(ticket.effective);
  const scales = inputScales(ticket.domain, ticket.effective.inputSigns.length);
  const budget = yield* float32BudgetSteps(networkLayers(network), scales);
  const inputRoundings = divide === 1 ? 0 : 1;
  let compiled: WeightedProgram | null = null;
  function* program(): Steps<WeightedProgram> {
    compiled ??= yield* compileBaselineSteps(ticket, options.memory);
    admitNeurons(widest(compiled), options.memory);
    return compiled;
  }
  const exact: Arithmetic = {
    text: 'BigInt multiplications by the kept source weights',
    *runSteps(batch, samples) {
      return yield* roundedSteps(runWeightedExactSteps(yield* program(), batch, samples));
    },
    error: roundedOnce(budget.sizes, inputRoundings),
  };
  let float: FloatArithmetic | null = null;
  if (name === 'folded') {
    const rounding = { format: FLOAT64, inputs: inputRoundings, weights: 1 };
    const bound = yield* evaluationBoundSteps(networkLayers(network), scales, rounding);
    const text = 'float64 multiplications by the effective weights';
    float = floatArithmetic(text, networkEngineSteps(network), bound, { budget, anySign: true });
  } else {
    const ready = yield* program();
    if (name === 'float') {
      const bound = weightedBound(ready, scales, inputRoundings);
      const text = 'float64 multiplications by the kept source weights';
      const run = weightedEngineSteps(ready);
      float = floatArithmetic(text, run, bound, { budget, anySign: true });
    }
  }
  return guardedCore(name, engine === 'auto' ? why : '', {
    ...{ divides: false, unit: 1, float, exact },
    ...{ outputs: budget.error.perSize.length, scales },
  });
}

function* trainedCore(ticket: TrainedTicket, options: OpenEngineOptions): Steps<Core> {
  const { engine = 'auto', divide = 1 } = options;
  const program = yield* compileTrainedSteps(ticket, options.memory);
  const bound = trainedBound(program, ticket, divide === 1 ? 0 : 1);
  const why = engine === 'auto' ? "the arithmetic is part of a trained ticket's format" : '';
  return guardedCore('float', why, {
    ...{ divides: false, unit: 1, exact: null },
    ...{ outputs: program.outputs, scales: new Float64Array(program.inputs).fill(1) },
    float: {
      text: 'float64 sums of the kept weights, one scale a layer',
      runSteps: trainedEngineSteps(program),
      error: bound.error,
      sizes: { from: 0, to: Number.POSITIVE_INFINITY },
      reach: bound.reach,
      anySign: true,
      refusal: () => '',
    },
  });
}

const joined = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('; ');

function guardedCore(
  name: ActualEngine,
  why: string,
  options: Parameters<typeof guardedEngine>[0] & { readonly divides: boolean },
): Core {
  const guarded = guardedEngine(options);
  return {
    divides: options.divides,
    runSteps: guarded.runSteps,
    state() {
      const { float, exact, arithmetic, reason, error } = guarded.state();
      const handedOver = float === 0 && exact > 0 && options.float !== null;
      const engine = handedOver || options.float === null ? 'exact' : name;
      return { engine, reason: joined(why, reason), arithmetic, error };
    },
  };
}
