/** Feature maps as operators with windows take them: one sample, channels first, planes of one axis or two. */
import type { FeatureShape, PlaneSize } from '../../linear-map.js';
import { MOST_INPUTS } from '../graph.js';
import { nodeError, type OperatorCall, requiredSignal } from '../operator.js';
import { formatShape } from '../shape.js';
import { refuseAfterCut } from '../signal.js';
import type { FeatureSignal } from './feature-signal.js';
import { mapsOfVectors } from './recover.js';
import { vectorsOf } from './vectors.js';

/** The shape of maps of dimensions N x C x L or N x C x H x W with one sample. */
function shapeOf(call: OperatorCall, dims: readonly number[]): FeatureShape {
  if (dims.length !== 3 && dims.length !== 4) {
    throw nodeError(
      call,
      `it has a value of shape ${formatShape(dims)}`,
      'maps of one axis or two are read: batch x channels x width, or batch x channels x height x width',
    );
  }
  if (dims[0] !== 1) {
    throw nodeError(
      call,
      `it has ${dims[0]} samples at once, as a value of shape ${formatShape(dims)}`,
      'export the model with batch size 1 or a symbolic batch dimension',
    );
  }
  const [, channels, ...planes] = dims;
  const [height, width] = planes.length === 2 ? planes : [1, planes[0]];
  return { channels, height, width };
}

/** The first input of a node as feature maps, channels first. */
export function mapsOf(call: OperatorCall): FeatureSignal {
  const given = call.maps[0];
  if (given === undefined) {
    const signal = requiredSignal(call, 0);
    return mapsOfVectors(call, signal, shapeOf(call, signal.dims));
  }
  refuseAfterCut(given, call.placed.place);
  const shape = shapeOf(call, given.dims);
  if (isLaidOut(given, shape)) return given;
  return mapsOfVectors(call, vectorsOf(call, given), shape);
}

/** Whether the entries of a signal, channel by channel, are maps of this shape. */
export function isLaidOut(signal: FeatureSignal, shape: FeatureShape): boolean {
  const { channels, height, width } = signal.shape;
  return (
    !signal.channelsLast &&
    channels === shape.channels &&
    height === shape.height &&
    width === shape.width
  );
}

/** The signal, of which only the planes have changed, in as many dimensions. */
export function withPlanes(
  call: OperatorCall,
  signal: FeatureSignal,
  { height, width }: PlaneSize,
): FeatureSignal {
  const channels = signal.blocks.reduce((sum, block) => sum + block.channels, 0);
  const size = channels * height * width;
  if (!(size <= MOST_INPUTS)) {
    throw nodeError(
      call,
      `it makes maps of ${channels} x ${height} x ${width}, ${size} numbers`,
      `use at most ${MOST_INPUTS}`,
    );
  }
  const planes = signal.dims.length === 3 ? [width] : [height, width];
  return {
    ...signal,
    shape: { channels, height, width },
    dims: [1, channels, ...planes],
  };
}
