/** The box of inputs that statements about an exported file are made for. */
import type { Domain } from '../target/network.js';
import type { FeatureShape } from '../target/planes.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { blockReadings } from './block-inputs.js';

/** Bounds of the raw inputs, one entry each; of feature maps one for each channel. */
export interface InputBox {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** The box of a domain: a ball's own, `[-1, 1]` where nothing is known. */
export function boxOf(domain: Domain, inputs: number): InputBox {
  if (domain.kind === 'box') return domain;
  const radius = domain.kind === 'ball' ? domain.radius : 1;
  return {
    lower: new Float64Array(inputs).fill(-radius),
    upper: new Float64Array(inputs).fill(radius),
  };
}

/**
 * The box of a domain of feature maps, whose samples are `channelsLast` or not: bounds of all positions of a
 * channel, and of the 0 that a tap reads `outside` of the plane.
 */
export function boxOfChannels(
  domain: Domain,
  { channels, height, width }: FeatureShape,
  { channelsLast, outside }: { readonly channelsLast: boolean; readonly outside: boolean },
): InputBox {
  if (domain.kind !== 'box') return boxOf(domain, channels);
  const area = height * width;
  const bounds = (of: Float64Array, furthest: (...values: number[]) => number): Float64Array => {
    const result = new Float64Array(channels).fill(Number.NaN);
    of.forEach((value, at) => {
      const channel = channelsLast ? at % channels : Math.floor(at / area);
      const before = result[channel] as number;
      result[channel] = Number.isNaN(before) ? value : furthest(before, value);
    });
    return outside ? result.map((value) => furthest(value, 0)) : result;
  };
  return { lower: bounds(domain.lower, Math.min), upper: bounds(domain.upper, Math.max) };
}

/** The box that a ticket's statement is about, of feature maps channel by channel. */
export function boxOfTicket({
  target,
  domain,
  inputSigns,
  channelsLast,
}: ConstructedTicket): InputBox {
  if (target.maps === undefined) return boxOf(domain, inputSigns.length);
  const outside = blockReadings(target)[0]?.outside === true;
  return boxOfChannels(domain, target.maps.input, {
    channelsLast: channelsLast !== undefined,
    outside,
  });
}
