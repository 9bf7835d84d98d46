/** A pruned source of feature maps as the `fast` engine takes it: by channels, with its planes beside them. */
import type { ConstructedTicket } from '../ticket/ticket.js';
import type { MapMeasures } from './map-measures.js';
import type { MapProgram } from './map-program.js';
import type { ProgramMaps, PrunedProgram } from './pruned-program.js';

/** Inputs are channels, the constant the last of them; outputs are channels by positions. */
export interface MapFastProgram extends PrunedProgram {
  readonly maps: ProgramMaps & Pick<MapProgram, 'input' | 'channelsLast' | 'gathers'>;
}

export function mapFastProgram(
  { input, channelsLast, constant, layers, gathers, blockEnds }: MapProgram,
  { target, inputSigns }: Pick<ConstructedTicket, 'target' | 'inputSigns'>,
  { outputs, area, scales, channelScales, budget }: MapMeasures,
): MapFastProgram {
  const { fractionalPlaces, scale, activation } = target;
  return {
    ...{ constant, layers, blockEnds, fractionalPlaces, scale, activation, outputs },
    inputs: input.channels + (constant ? 1 : 0),
    scales: channelScales,
    float32: budget,
    liveEdges: layers.reduce((sum, { edges }) => sum + edges.length, 0),
    maps: { area, scales, channelSigns: inputSigns, input, channelsLast, gathers },
  };
}
