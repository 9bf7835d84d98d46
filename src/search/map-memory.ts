/** Where the backward pass of a network of feature maps has its numbers, beside the forward pass's. */
import {
  type Allocator,
  inside,
  type MapsPlace,
  placeMaps,
  type StagePlace,
} from '../inference/products/map-memory.js';
import { PANEL_BYTES, panelColumns } from '../inference/products/product-call.js';

export interface GradientPlace {
  /** Gradients of the layer's sums, with a border of zeros as its kernel wants them. */
  readonly bordered: MapsPlace;
  /** The same without the border. */
  readonly sums: MapsPlace;
  /** Gradients of what the layer hands on. */
  readonly output: MapsPlace;
  /** Of a shard's weights, by tap and filled up channel read, and the sum over shards. */
  readonly shard: number;
  readonly total: number;
  readonly weightBytes: number;
  /** Transposed weights in panels; of no layer but those whose inputs have gradients. */
  readonly transposed: number;
  readonly panelBytes: number;
}

/** Positions of zeros around the gradients of a layer's sums. */
function borderOf({ stage, connected }: StagePlace): { height: number; width: number } {
  if (connected) return { height: 0, width: 0 };
  const { kernel, pad } = stage;
  return { height: kernel.height - 1 - pad, width: kernel.width - 1 - pad };
}

export function placeGradients(
  allocator: Allocator,
  places: readonly StagePlace[],
  samples: number,
): GradientPlace[] {
  return places.map((place, index): GradientPlace => {
    const { stage, channels, inputChannels, connected } = place;
    const { kernel, sums, output } = stage;
    const border = index === 0 ? { height: 0, width: 0 } : borderOf(place);
    const plane = { height: sums.height + 2 * border.height, width: sums.width + 2 * border.width };
    const bordered = placeMaps(allocator, samples, plane, 4 * channels);
    const taps = kernel.height * kernel.width;
    const weightBytes = 4 * taps * inputChannels * channels;
    const columns = connected ? taps * inputChannels : inputChannels;
    const panelBytes = (connected ? 1 : taps) * channels * PANEL_BYTES;
    const panels = index === 0 ? 0 : Math.ceil(columns / panelColumns('float32'));
    return {
      bordered,
      sums: {
        ...inside(bordered, 0),
        at: bordered.at + border.height * bordered.row + border.width * bordered.position,
      },
      output: placeMaps(allocator, samples, output, 4 * channels),
      ...{ shard: allocator.take(weightBytes), total: allocator.take(weightBytes) },
      ...{ weightBytes, panelBytes, transposed: allocator.take(panels * panelBytes) },
    };
  });
}
