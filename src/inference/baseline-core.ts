/** The engines of baseline tickets: real weights, multiplied, or their effective network. */
import type { Steps } from '../core/steps.js';
import { effectiveNetwork } from '../integer/effective-network.js';
import { admitNeurons } from '../ticket/cost.js';
import type { BaselineTicket } from '../ticket/ticket.js';
import {
  type Core,
  floatArithmetic,
  guardedCore,
  neuronsAtOnce,
  type OpenEngineOptions,
} from './engine-core.js';
import { evaluationBoundSteps, float32BudgetSteps, networkLayers } from './evaluation-bound.js';
import { roundedSteps } from './exact.js';
import { FLOAT64 } from './float-format.js';
import type { Arithmetic, FloatArithmetic } from './guarded.js';
import { networkEngineSteps } from './network-engine.js';
import { inputScales, roundedOnce } from './sample-size.js';
import {
  compileBaselineSteps,
  runWeightedExactSteps,
  type WeightedProgram,
  weightedEngineSteps,
} from './weighted.js';
import { weightedBound } from './weighted-bound.js';

/** In steps of stage `compile`. */
export function* baselineCore(ticket: BaselineTicket, options: OpenEngineOptions): Steps<Core> {
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
    admitNeurons(neuronsAtOnce(compiled), options.memory);
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
