/** What errors and sizes of a ticket of feature maps are measured in: by channel, and spread over coordinates. */
import type { Steps } from '../core/steps.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import {
  type EvaluationBound,
  float32BudgetSteps,
  integerLayers,
  repeatedBound,
} from './evaluation-bound.js';
import { coordinateOf } from './map-program.js';
import { sizeOfMaps } from './map-sizes.js';
import { inputScales } from './sample-size.js';

export interface MapMeasures extends ReturnType<typeof sizeOfMaps> {
  /** Positions of the outputs' plane. */
  readonly area: number;
  /** What coordinates are measured in, and channels: the largest of their coordinates. */
  readonly scales: Float64Array;
  readonly channelScales: Float64Array;
  /** What a float32 evaluation of the network could be off by, of all outputs (`float32BudgetSteps`). */
  readonly budget: EvaluationBound;
}

/** In steps. */
export function* mapMeasuresSteps(
  ticket: ConstructedTicket,
  maps: IntegerMaps,
): Steps<MapMeasures> {
  const { target, domain, channelsLast } = ticket;
  const sizes = sizeOfMaps(ticket, maps);
  const area = sizes.outputs / (target.matrices.at(-1)?.rows ?? 1);
  const scales = inputScales(domain, sizes.inputs);
  const ofChannels = channelScales(scales, maps, channelsLast !== undefined);
  const budget = spread(yield* float32BudgetSteps(integerLayers(target), ofChannels), area);
  return { ...sizes, area, scales, channelScales: ofChannels, budget };
}

/** A bound of channels as one of all their positions. */
export function spread({ error, sizes, reach }: EvaluationBound, area: number): EvaluationBound {
  return { error: repeatedBound(error, area), sizes: repeatedBound(sizes, area), reach };
}

function channelScales(
  scales: Float64Array,
  { input }: IntegerMaps,
  channelsLast: boolean,
): Float64Array {
  const largest = new Float64Array(input.channels);
  const area = input.height * input.width;
  for (let channel = 0; channel < input.channels; channel++) {
    for (let position = 0; position < area; position++) {
      const scale = scales[coordinateOf({ input, channelsLast }, channel, position)] as number;
      if (scale > (largest[channel] as number)) largest[channel] = scale;
    }
  }
  return largest;
}
