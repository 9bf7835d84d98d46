/**
 * What an architecture's layers are once their sizes are known: where each looks, what it reads and how many
 * weights it takes. Nothing of the size of the weights is allocated here.
 */
import type { ConvolutionParts } from '../make-layers.js';
import { hasEmptyWindow } from '../max-pooling.js';
import {
  type FeatureShape,
  featureCount,
  outputLength,
  type Pads,
  type PlaneSize,
} from '../planes.js';
import {
  type ArchitectureRecord,
  type LayerRecord,
  MOST_LAYERS,
  type ResidualRecord,
  refuseArchitecture,
  type WindowRecord,
} from './record.js';

/** Numbers of the maps between two layers, as readers of models take them. */
const MOST_NUMBERS = 2 ** 24;
const POINT: PlaneSize = { height: 1, width: 1 };

/** A convolution but for its weights. */
export type Kernel = Required<Omit<ConvolutionParts, 'weights' | 'dilation'>>;

/** A layer but for its numbers, and what it makes. */
export type SizedLayer = { readonly output: FeatureShape } & (
  | { readonly kind: 'convolution' | 'average'; readonly kernel: Kernel }
  | { readonly kind: 'max-pooling'; readonly kernel: Kernel }
  | { readonly kind: 'dense'; readonly inputs: number }
  | {
      readonly kind: 'residual';
      readonly kernel: Kernel;
      /** The projection, or what hands the maps on as they are. */
      readonly skip: Kernel;
      readonly isProjection: boolean;
      /** Numbers of the layers whose outputs the last convolution and the skip read, from 1; 0 the input. */
      readonly reads: readonly [body: number, skip: number];
    }
);

export function weightsOf({ input, outputChannels, kernel, groups }: Kernel): number {
  return (outputChannels * input.channels * kernel.height * kernel.width) / groups;
}

function planeOf(size: number | readonly [number, number]): PlaneSize {
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return { height, width };
}

function padsOf(pads: NonNullable<WindowRecord['pads']>): Pads {
  const [top, left, bottom, right] = typeof pads === 'number' ? [pads, pads, pads, pads] : pads;
  return { top, left, bottom, right };
}

/** A window over `input`, and what it makes. Throws an `InputError` where it has no place. */
function placed(
  record: WindowRecord,
  input: FeatureShape,
  channels: number,
  groups: number,
  place: string,
): { readonly kernel: Kernel; readonly output: FeatureShape } {
  const kernel = planeOf(record.kernel);
  const stride = planeOf(record.stride ?? 1);
  const pads = padsOf(record.pads ?? 0);
  const height = outputLength(
    input.height + pads.top + pads.bottom,
    kernel.height,
    stride.height,
    1,
  );
  const width = outputLength(input.width + pads.left + pads.right, kernel.width, stride.width, 1);
  if (height < 1 || width < 1) {
    refuseArchitecture(
      `${place}.kernel`,
      `${kernel.height} by ${kernel.width} is larger than the padded plane of ${input.height} by ${input.width}`,
    );
  }
  if (input.channels % groups !== 0 || channels % groups !== 0) {
    refuseArchitecture(
      `${place}.groups`,
      `${groups} groups of ${input.channels} and ${channels} channels`,
    );
  }
  const output = { channels, height, width };
  requireNumbers(output, place);
  return { kernel: { input, outputChannels: channels, kernel, stride, pads, groups }, output };
}

function requireNumbers(shape: FeatureShape, place: string): void {
  if (featureCount(shape) <= MOST_NUMBERS) return;
  const { channels, height, width } = shape;
  refuseArchitecture(
    place,
    `maps of ${channels} x ${height} x ${width}, more than ${MOST_NUMBERS} numbers`,
  );
}

/** The layers of an architecture, one after another. Throws an `InputError` that names what does not fit. */
export function sizedLayers({ input, layers }: ArchitectureRecord): SizedLayer[] {
  const sized: SizedLayer[] = [];
  requireNumbers(input, 'input');
  const last = (): FeatureShape => sized.at(-1)?.output ?? input;
  for (const [index, record] of layers.entries()) {
    const place = `layers[${index}]`;
    if (record.kind !== 'residual') {
      sized.push(sizedLayer(record, last(), place, sized.length === 0));
      continue;
    }
    const before = sized.length;
    const from = last();
    record.body.slice(0, -1).forEach((part, at) => {
      sized.push(sizedLayer(part, last(), `${place}.body[${at}]`, sized.length === 0));
    });
    sized.push(sizedResidual(record, last(), from, [sized.length, before], place));
  }
  if (sized.length > MOST_LAYERS) {
    refuseArchitecture('layers', `${sized.length} in all, more than ${MOST_LAYERS}`);
  }
  return sized;
}

function sizedLayer(
  record: Exclude<LayerRecord, ResidualRecord>,
  input: FeatureShape,
  place: string,
  isFirst: boolean,
): SizedLayer {
  if (record.kind === 'dense') {
    const output = { channels: record.outputs, ...POINT };
    return { kind: 'dense', inputs: featureCount(input), output };
  }
  if (record.kind === 'convolution') {
    const { channels, groups = 1 } = record;
    return { kind: 'convolution', ...placed(record, input, channels, groups, place) };
  }
  // ReLU follows each layer but the last: behind a pooling of what is negative it would be another network.
  if (isFirst) refuseArchitecture(place, 'pooling of the inputs themselves');
  const isGlobal = record.kind === 'global-average-pooling';
  const own: WindowRecord = isGlobal ? { kernel: [input.height, input.width] } : record;
  const { kernel, output } = placed(own, input, input.channels, input.channels, place);
  if (record.kind !== 'max-pooling') return { kind: 'average', kernel, output };
  if (hasEmptyWindow({ ...kernel, output, dilation: POINT })) {
    refuseArchitecture(`${place}.pads`, 'a window lies outside of the plane');
  }
  return { kind: 'max-pooling', kernel, output };
}

/** The sum of a body's last convolution, which reads `input`, and of the skip, which reads `from`. */
function sizedResidual(
  { body, projection }: ResidualRecord,
  input: FeatureShape,
  from: FeatureShape,
  reads: readonly [number, number],
  place: string,
): SizedLayer {
  const at = `${place}.body[${body.length - 1}]`;
  const final = body[body.length - 1] as (typeof body)[number];
  if (final.kind !== 'convolution')
    refuseArchitecture(at, 'the last layer of a body is a convolution');
  const { kernel, output } = placed(final, input, final.channels, final.groups ?? 1, at);
  const isProjection = projection !== undefined;
  const skip = isProjection
    ? placed(projection, from, output.channels, 1, `${place}.projection`)
    : placed({ kernel: 1 }, from, from.channels, from.channels, place);
  const sides = ['channels', 'height', 'width'] as const;
  if (sides.some((side) => skip.output[side] !== output[side])) {
    const text = ({ channels, height, width }: FeatureShape) =>
      `${channels} x ${height} x ${width}`;
    refuseArchitecture(
      isProjection ? `${place}.projection` : place,
      `maps of ${text(skip.output)} cannot be added to maps of ${text(output)}${isProjection ? '' : ' without a projection'}`,
    );
  }
  return { kind: 'residual', kernel, skip: skip.kernel, isProjection, reads, output };
}
