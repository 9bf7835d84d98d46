/** The engines of trained tickets, whose arithmetic is part of their format: plain, and fast with the same bits. */
import { DEFAULT_MEMORY, requireMemory } from '../core/limits.js';
import type { Steps } from '../core/steps.js';
import type { TrainedTicket } from '../ticket/ticket.js';
import { type Core, choose, guardedCore, joined, type OpenEngineOptions } from './engine-core.js';
import { trainedEngineSteps } from './trained.js';
import { trainedFastEngineSteps, trainedFastSize } from './trained-fast.js';
import { compileTrainedSteps } from './trained-layers.js';
import { trainedBound } from './weighted-bound.js';

/** In steps of stage `compile`. */
export function* trainedCore(ticket: TrainedTicket, options: OpenEngineOptions): Steps<Core> {
  const { divide = 1, memory = DEFAULT_MEMORY } = options;
  const program = yield* compileTrainedSteps(ticket, memory);
  const bound = trainedBound(program, ticket, divide === 1 ? 0 : 1);
  const size = trainedFastSize(program);
  const chosen = choose(options);
  if (options.engine === 'fast') requireMemory(size.bytes, memory, 'masks', 'the fast engine');
  const isFast = chosen.name === 'fast' && size.bytes <= memory;
  const tooLarge = chosen.name === 'fast' && !isFast ? 'fast would need more memory' : '';
  return guardedCore(
    isFast ? 'fast' : 'float',
    isFast ? chosen.why : joined(tooLarge || chosen.why),
    {
      ...{ divides: false, unit: 1, exact: null },
      ...{ outputs: program.outputs, scales: new Float64Array(program.inputs).fill(1) },
      float: {
        text: isFast ? fastText(size.layers) : plainText(program.stages !== undefined),
        runSteps: isFast ? trainedFastEngineSteps(program) : trainedEngineSteps(program),
        error: bound.error,
        sizes: { from: 0, to: Number.POSITIVE_INFINITY },
        reach: bound.reach,
        anySign: true,
        refusal: () => '',
      },
    },
  );
}

function plainText(ofMaps: boolean): string {
  return ofMaps
    ? 'float64 sums over the taps of feature maps, one scale a layer'
    : 'float64 sums of the kept weights, one scale a layer';
}

function fastText(signLayers: readonly number[]): string {
  const elsewhere = "float64 sums in the format's order";
  return signLayers.length === 0
    ? `${elsewhere}, one scale a layer`
    : `differing signs, counted by bits, in layers ${signLayers.join(', ')}, and ${elsewhere} in others; one scale a layer`;
}
