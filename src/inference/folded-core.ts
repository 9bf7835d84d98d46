/** The `folded` engine of constructed tickets: the integer network, multiplied. */
import type { Steps } from '../core/steps.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type Core, floatArithmetic, guardedCore } from './engine-core.js';
import { evaluationBoundSteps, float32BudgetSteps, integerLayers } from './evaluation-bound.js';
import { roundedSteps } from './exact.js';
import { FLOAT64 } from './float-format.js';
import { foldedEngineSteps, runFoldedExactSteps } from './folded.js';
import { inputScales, roundedOnce } from './sample-size.js';

/** In steps of stage `compile`. */
export function* foldedCore(ticket: ConstructedTicket, divide: number, why: string): Steps<Core> {
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
