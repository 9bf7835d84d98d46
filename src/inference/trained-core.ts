/** The engine of trained tickets, whose arithmetic is part of their format. */
import type { Steps } from '../core/steps.js';
import type { TrainedTicket } from '../ticket/ticket.js';
import { type Core, guardedCore, type OpenEngineOptions } from './engine-core.js';
import { trainedEngineSteps } from './trained.js';
import { compileTrainedSteps } from './trained-layers.js';
import { trainedBound } from './weighted-bound.js';

/** In steps of stage `compile`. */
export function* trainedCore(ticket: TrainedTicket, options: OpenEngineOptions): Steps<Core> {
  const { engine = 'auto', divide = 1 } = options;
  const program = yield* compileTrainedSteps(ticket, options.memory);
  const bound = trainedBound(program, ticket, divide === 1 ? 0 : 1);
  const why = engine === 'auto' ? "the arithmetic is part of a trained ticket's format" : '';
  return guardedCore('float', why, {
    ...{ divides: false, unit: 1, exact: null },
    ...{ outputs: program.outputs, scales: new Float64Array(program.inputs).fill(1) },
    float: {
      text: program.stages
        ? 'float64 sums over the taps of feature maps, one scale a layer'
        : 'float64 sums of the kept weights, one scale a layer',
      runSteps: trainedEngineSteps(program),
      error: bound.error,
      sizes: { from: 0, to: Number.POSITIVE_INFINITY },
      reach: bound.reach,
      anySign: true,
      refusal: () => '',
    },
  });
}
