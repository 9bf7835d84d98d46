/**
 * How a network of feature maps goes through the Fourier ellipsoids: output by output of its layers, each time
 * with all sums that are begun and not yet complete ("open"), as one vector: so a residual block carries what its
 * two ways have in common. A sum is begun as soon as one of its parts is known.
 */

import type { FeatureShape, SimpleMap } from '../../target/linear-map.js';
import { outputShape } from '../../target/linear-map.js';
import type { LinearDifference, MapDifference } from './map-difference.js';
import type { Torus } from './torus.js';

/** The outputs of a layer before its activation, complete or not, among the channels of all that are open. */
export interface OpenSum {
  /** Number of the layer, from 1. */
  readonly layer: number;
  readonly shape: FeatureShape;
  /** Of its first channel. */
  readonly from: number;
}

/** A part of a layer that reads an output, or those of its inputs that do. */
export interface Reading {
  /** Number of the layer that reads. */
  readonly layer: number;
  readonly part: LinearDifference['parts'][number];
  /** The first of the part's inputs that the output is. */
  readonly start: number;
}

/** What becomes of one output, the network's input being output 0. */
export interface PlanStep {
  readonly output: number;
  readonly shape: FeatureShape;
  readonly torus: Torus;
  /** Sums that are open, this output's own among them, which is complete; none of the input. */
  readonly open: readonly OpenSum[];
  readonly readings: readonly Reading[];
  /** Sums that are open when the readings are added. */
  readonly next: readonly OpenSum[];
  /** Layers whose sums are complete then: their biases are added. */
  readonly completed: readonly number[];
}

export function channelsOf(open: readonly OpenSum[]): number {
  return open.reduce((sum, { shape }) => sum + shape.channels, 0);
}

/** Strides of a map; all of its positions at once for a matrix. */
function strideOf(map: SimpleMap): Torus | undefined {
  return map.kind === 'dense' ? undefined : map.stride;
}

/** The shape that a part takes its inputs for, and how many inputs an output then is; undefined of a matrix. */
function readAs({ part }: Reading, inputs: number): FeatureShape | undefined {
  const { map } = part;
  if (map.kind === 'dense') return undefined;
  const { height, width } = map.input;
  return { channels: inputs / (height * width), height, width };
}

function sameShape(one: FeatureShape, other: FeatureShape): boolean {
  return (
    one.channels === other.channels && one.height === other.height && one.width === other.width
  );
}

/** What reads each output. */
function readingsOf(layers: readonly LinearDifference[], inputs: number): Reading[][] {
  const widths = [inputs, ...layers.map(({ outputs }) => outputs)];
  const readings: Reading[][] = widths.map(() => []);
  for (const [index, { reads, parts }] of layers.entries()) {
    let at = 0;
    for (const output of reads) {
      for (const part of parts) {
        const start = at - part.start;
        if (start < 0 || start >= part.map.inputs) continue;
        readings[output].push({ layer: index + 1, part, start });
      }
      at += widths[output];
    }
  }
  return readings;
}

const POINT: Torus = { height: 1, width: 1 };

/** Along one axis: the least torus of the input that holds all outputs without one end reaching the other. */
function axisLength(
  steps: readonly { readonly output: number; readonly readings: readonly Reading[] }[],
  strides: readonly (Torus | undefined)[],
  shapes: readonly FeatureShape[],
  axis: 'height' | 'width',
): number {
  const before = axis === 'height' ? 'top' : 'left';
  let least = 1;
  let step = 1;
  for (const { output, readings } of steps) {
    const own = strides[output]?.[axis];
    if (own === undefined) continue;
    step = Math.max(step, own);
    // Powers of two divide each other; of other strides the product does.
    for (const { part } of readings) {
      const { map } = part;
      let needed = shapes[output][axis];
      if (map.kind === 'convolution') {
        const pad = map.pads[before];
        const { [axis]: stride } = map.stride;
        const reach =
          stride * (map.output[axis] - 1) + (map.kernel[axis] - 1) * map.dilation[axis] - pad + 1;
        needed = Math.max(needed + Math.max(0, pad), reach, stride * map.output[axis]);
      }
      least = Math.max(least, needed * own);
    }
  }
  return Math.ceil(least / step) * step;
}

/**
 * The steps, the last one of the network's outputs, or undefined where networks are not made of this: maxima,
 * vectors that are read as maps, and sums of maps of several sizes that are open at a time.
 */
export function torusPlan(
  layers: readonly MapDifference[],
  inputs: number,
): PlanStep[] | undefined {
  const linear: LinearDifference[] = [];
  for (const layer of layers) {
    if (layer.kind === 'pooling') return undefined;
    linear.push(layer);
  }
  const readings = readingsOf(linear, inputs);
  const first = readings[0].map((reading) => readAs(reading, inputs)).find((shape) => shape);
  const shapes: FeatureShape[] = [first ?? { channels: inputs, height: 1, width: 1 }];
  for (const { parts } of linear) shapes.push(outputShape(parts[0].map));
  // How far apart neighbours are on the input's grid; undefined of vectors.
  const strides: (Torus | undefined)[] = [first ? POINT : undefined];
  const placed = new Set<number>();
  const steps: Omit<PlanStep, 'torus'>[] = [];
  let open: OpenSum[] = [];
  for (let output = 0; output <= linear.length; output++) {
    const own = readings[output];
    const kept = open.filter(({ layer }) => layer !== output);
    for (const reading of own) {
      const shape = readAs(reading, shapes[output].channels * planeOf(shapes[output]));
      if (shape !== undefined && !sameShape(shape, shapes[output])) return undefined;
      const stride = strideOf(reading.part.map);
      const from = strides[output];
      if (stride !== undefined && from === undefined) return undefined;
      const onto = stride && from && times(from, stride);
      const { layer } = reading;
      if (placed.has(layer) && !sameStride(strides[layer], onto)) return undefined;
      placed.add(layer);
      strides[layer] = onto;
    }
    const fresh = [...new Set(own.map(({ layer }) => layer))].filter(
      (layer) => !kept.some((sum) => sum.layer === layer),
    );
    let from = 0;
    const next: OpenSum[] = [];
    for (const layer of [...kept.map((sum) => sum.layer), ...fresh]) {
      next.push({ layer, shape: shapes[layer], from });
      from += shapes[layer].channels;
    }
    // All that is open lies on one grid, and what is kept stays on it.
    for (const { layer } of next) {
      if (!sameStride(strides[layer], strides[next[0].layer])) return undefined;
      if (kept.length > 0 && !sameStride(strides[layer], strides[output])) return undefined;
    }
    const isComplete = (layer: number): boolean =>
      linear[layer - 1].reads.every((number) => number <= output);
    const completed = [...new Set(own.map(({ layer }) => layer))].filter(isComplete);
    if (output < linear.length && own.length === 0) return undefined;
    steps.push({ output, shape: shapes[output], open, readings: own, next, completed });
    open = next;
  }
  const height = axisLength(steps, strides, shapes, 'height');
  const width = axisLength(steps, strides, shapes, 'width');
  const plan: PlanStep[] = [];
  for (const step of steps) {
    const stride = strides[step.output];
    if (stride && (height % stride.height !== 0 || width % stride.width !== 0)) return undefined;
    const torus = stride ? { height: height / stride.height, width: width / stride.width } : POINT;
    plan.push({ ...step, torus });
  }
  return plan;
}

function planeOf({ height, width }: FeatureShape): number {
  return height * width;
}

function times(one: Torus, other: Torus): Torus {
  return { height: one.height * other.height, width: one.width * other.width };
}

function sameStride(one: Torus | undefined, other: Torus | undefined): boolean {
  return one?.height === other?.height && one?.width === other?.width;
}
