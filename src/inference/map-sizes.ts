/** How many numbers samples and results of feature maps are. */
import { type IntegerMaps, planesBetween } from '../integer/block-maps.js';
import { coordinateSigns } from '../integer/channel-signs.js';
import { depthOf, widthOf } from '../source/shape.js';
import type { PlaneSize } from '../target/linear-map.js';
import type { InputSign } from '../target/network.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

/** Numbers of a sample and of its result, channel by channel unless the ticket's samples are not. */
export function sizeOfMaps(
  { shape, inputSigns, channelsLast }: ConstructedTicket,
  maps: IntegerMaps,
): {
  readonly inputs: number;
  readonly outputs: number;
  readonly inputSigns: readonly InputSign[];
} {
  const { height, width } = planesBetween(maps).at(-1) as PlaneSize;
  const signs = coordinateSigns(inputSigns, maps.input, channelsLast !== undefined);
  const outputs = widthOf(shape, depthOf(shape)) * height * width;
  return { inputs: signs.length, outputs, inputSigns: signs };
}
