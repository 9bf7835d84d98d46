/** In which order the numbers of a sample of feature maps stand, and how to bring them to a ticket's. */
import { UsageError } from '../core/errors.js';
import { channelsFirst, type FeatureShape } from '../target/planes.js';
import type { Ticket } from '../ticket/ticket.js';

/** `nchw`: channel by channel, each row by row; `nhwc`: position by position, all channels of each. */
export const LAYOUTS = ['nchw', 'nhwc'] as const;
export type SampleLayout = (typeof LAYOUTS)[number];

/** What a sample of feature maps is. */
export interface MapSamples {
  readonly shape: FeatureShape;
  readonly layout: SampleLayout;
}

/** What a ticket takes; null where its inputs are no feature maps. */
export function mapSamplesOf(ticket: Ticket): MapSamples | null {
  if (ticket.kind === 'trained') {
    const { maps, widths } = ticket;
    if (maps === undefined) return null;
    return { shape: { channels: widths[0] as number, ...maps.input }, layout: 'nhwc' };
  }
  if (ticket.kind !== 'constructed' || ticket.target.maps === undefined) return null;
  const layout = ticket.channelsLast === undefined ? 'nchw' : 'nhwc';
  return { shape: ticket.target.maps.input, layout };
}

/**
 * Brings samples from `layout` to what a ticket takes, row-major both; null where they are in its order.
 * Throws a `UsageError` for a layout where the inputs are no feature maps.
 */
export function reorderingFrom(
  layout: SampleLayout | undefined,
  samples: MapSamples | null,
): ((values: ArrayLike<number>) => Float64Array) | null {
  if (layout === undefined) return null;
  if (samples === null) {
    throw new UsageError(
      `option "layout: ${layout}": this ticket's inputs are no feature maps; leave it out`,
    );
  }
  if (layout === samples.layout) return null;
  const order = channelsFirst(samples.shape);
  const toFirst = samples.layout === 'nchw';
  return (values) => {
    const result = new Float64Array(values.length);
    for (let start = 0; start < values.length; start += order.length) {
      for (let first = 0; first < order.length; first++) {
        const last = order[first];
        if (toFirst) result[start + first] = values[start + last];
        else result[start + last] = values[start + first];
      }
    }
    return result;
  };
}
