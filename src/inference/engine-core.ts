/** What all engines are behind `openEngine`: what is asked of them, and what they tell of themselves. */
import { InputError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { mostHeld } from '../source/layer-lists.js';
import { whyNotAccurate } from './accuracy-reason.js';
import type { OutsideReport } from './domain-monitor.js';
import type { ActualEngine, EngineName } from './engine-names.js';
import type { ErrorReport } from './error-report.js';
import type { EvaluationBound } from './evaluation-bound.js';
import type { Exactness } from './fast/fast-engine.js';
import { type FloatArithmetic, guardedEngine } from './guarded.js';
import type { PrunedProgram } from './pruned-program.js';
import { sizesWithin } from './sample-size.js';
import type { WeightedProgram } from './weighted.js';

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

/** Fewer samples than this are through edge by edge before the fast engine is ready. */
export const FEW_SAMPLES = 32;

/** What computes, behind checks and division. */
export interface Core {
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

/** The engine that suits, and why; one that was asked for needs no reason. */
export function choose({ engine = 'auto', exactness, samples }: OpenEngineOptions): {
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

/**
 * Live neurons that a batch's values are held for at once, in halves of what `admitNeurons` counts: two of
 * the widest layer, and what later layers still read.
 */
export function neuronsAtOnce({ inputs, layers }: PrunedProgram | WeightedProgram): number {
  const widest = layers.reduce((most, { neurons }) => Math.max(most, neurons.length), inputs);
  return widest + mostHeld(layers, inputs) / 2;
}

/** Null where an engine refuses the ticket. */
export function unlessRefused<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Arithmetic in float64 for samples up to where it is as accurate as `budget`. */
export function floatArithmetic(
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

/** Reasons, one after another. */
export const joined = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('; ');

/** A float64 arithmetic with an exact one behind it. */
export function guardedCore(
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
