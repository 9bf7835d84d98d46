/**
 * Random pruned sources of feature maps with kernels anywhere in a block, of every odd size, and a direct
 * evaluation of them, position by position, that shares no code with what it judges.
 */
import { complete } from '../../src/core/steps.js';
import { anchorOf, type BlockWindow, outputPlane } from '../../src/integer/block-maps.js';
import { evaluateMapsSteps } from '../../src/integer/evaluate-maps.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { provideComposition } from '../../src/proof/check-composed.js';
import { type PropagationResult, propagate } from '../../src/proof/propagate.js';
import { maskSizes, type SourceLayer, type SourceShape } from '../../src/source/shape.js';

import type { InputSign } from '../../src/target/network.js';
import type { PlaneSize } from '../../src/target/planes.js';
import { randomStream } from '../networks.js';
import { type Claim, chosenSource, type Edge, edgesOf, sparseMask } from '../pruned-sources.js';

/** Maps, channel by channel and position by position. */
type Maps = { readonly plane: PlaneSize; readonly channels: bigint[][] };

provideComposition();

const POINT: PlaneSize = { height: 1, width: 1 };
const NO_PADS = { top: 0, left: 0, bottom: 0, right: 0 };

/** Maps of all layers of a pruned source: what the definition of a convolution says, edge by edge. */
export function direct({ source, masks, target }: Claim, input: Maps): Maps[] {
  const { layers } = source.shape;
  const all = [input];
  for (const [index, layer] of layers.entries()) {
    const { reads = [index], kernel = POINT, stride = POINT, pads = NO_PADS } = layer;
    const { dilation = POINT } = layer;
    const [first] = reads.map((t) => all[t]);
    const along = (axis: 'height' | 'width', before: number, after: number): number =>
      Math.floor(
        (first.plane[axis] + before + after - dilation[axis] * (kernel[axis] - 1) - 1) /
          stride[axis],
      ) + 1;
    const plane = {
      height: along('height', pads.top, pads.bottom),
      width: along('width', pads.left, pads.right),
    };
    const taps = kernel.height * kernel.width;
    const tapped = first.channels.length * taps;
    const channels = Array.from({ length: layer.channels }, () =>
      new Array<bigint>(plane.height * plane.width).fill(0n),
    );
    const signs = source.layer(index + 1);
    for (const [column, row] of edgesOf(masks[index])) {
      const sign = BigInt(signs.sign(column, row));
      let from = first.channels[Math.floor(column / taps)];
      let tap = column % taps;
      if (column >= tapped) {
        from = reads.slice(1).flatMap((t) => all[t].channels)[column - tapped];
        tap = -1;
      }
      for (let y = 0; y < plane.height; y++) {
        for (let x = 0; x < plane.width; x++) {
          let at = y * plane.width + x;
          if (tap >= 0) {
            const down =
              y * stride.height - pads.top + Math.floor(tap / kernel.width) * dilation.height;
            const right = x * stride.width - pads.left + (tap % kernel.width) * dilation.width;
            const { height, width } = first.plane;
            if (down < 0 || right < 0 || down >= height || right >= width) continue;
            at = down * width + right;
          }
          channels[row][y * plane.width + x] += sign * from[at];
        }
      }
    }
    if (index < layers.length - 1 || target.activation === 'relu') {
      for (const values of channels) {
        for (const [at, value] of values.entries()) if (value < 0n) values[at] = 0n;
      }
    }
    all.push({ plane, channels });
  }
  return all;
}

/** A layer's own part of a shape, and the plane that it makes of another; undefined where it has no place. */
function randomLayer(
  below: (limit: number) => number,
  plane: PlaneSize,
  wild: boolean,
): { readonly layer: Omit<SourceLayer, 'channels'>; readonly plane: PlaneSize } | undefined {
  const plain = below(3) === 0;
  const kernel = plain ? POINT : { height: 1 + below(3), width: 1 + below(3) };
  const stride = below(3) === 0 ? { height: 1 + below(3), width: 1 + below(2) } : POINT;
  const dilation = below(4) === 0 ? { height: 1 + below(2), width: 1 + below(2) } : POINT;
  const most = wild ? 3 : 2;
  const pads = plain
    ? NO_PADS
    : { top: below(most), left: below(most), bottom: below(most), right: below(most) };
  const along = (axis: 'height' | 'width', more: number): number =>
    Math.floor((plane[axis] + more - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  const made = {
    height: along('height', pads.top + pads.bottom),
    width: along('width', pads.left + pads.right),
  };
  if (made.height < 1 || made.width < 1) return undefined;
  return { layer: { kernel, stride, dilation, pads }, plane: made };
}

export interface ComposedClaim extends Claim {
  readonly plane: PlaneSize;
}

/** A window that kernels one behind another may come to, along an axis, for so many outputs. */
function axisOf(
  steps: readonly { kernel: number; stride: number; before: number; dilation: number }[],
  input: number,
  outputs: number,
): { kernel: number; stride: number; before: number; after: number } | undefined {
  let [kernel, stride, before] = [1, 1, 0];
  for (const step of steps) {
    kernel += (step.kernel - 1) * step.dilation * stride;
    before += step.before * stride;
    stride *= step.stride;
  }
  const after = Math.max(0, (outputs - 1) * stride + kernel - input - before);
  if (Math.floor((input + before + after - kernel) / stride) + 1 !== outputs) return undefined;
  return { kernel, stride, before, after };
}

/** A random source of one block, and the integer network that it seems to be; null where none is near. */
export function randomClaim(seed: number): ComposedClaim | null {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const plane = { height: 1 + below(below(2) === 0 ? 1 : 6), width: 1 + below(6) };
  const inputSigns = Array.from(
    { length: 1 + below(2) },
    (): InputSign => (below(6) === 0 ? 'signed' : below(6) === 0 ? 'nonpositive' : 'nonnegative'),
  );
  const constant = below(2) === 0;
  const depth = 1 + below(4);
  const planes = [plane];
  const layers: SourceLayer[] = [];
  const wild = below(4) === 0;
  for (let t = 1; t <= depth; t++) {
    const first = below(5) === 0 ? below(t) : t - 1;
    const made = randomLayer(below, planes[first], wild);
    if (made === undefined) return null;
    const others = planes
      .map((_, other) => other)
      .filter(
        (other) =>
          other > first &&
          planes[other].height === made.plane.height &&
          planes[other].width === made.plane.width &&
          below(2) === 0,
      );
    planes.push(made.plane);
    layers.push({ channels: 1 + below(3), ...made.layer, reads: [first, ...others] });
  }
  const shape: SourceShape = { inputs: inputSigns.length + (constant ? 1 : 0), layers };
  const negative = new Set<string>();
  const masks = maskSizes(shape).map(({ inputs, outputs }, index) => {
    const edges: Edge[] = [];
    for (let column = 0; column < inputs; column++) {
      for (let row = 0; row < outputs; row++) {
        if (random() > 0.4) continue;
        edges.push([column, row]);
        if (random() < (index === depth - 1 ? 0.4 : 0.06))
          negative.add(`${index + 1},${column},${row}`);
      }
    }
    return sparseMask(inputs, outputs, edges);
  });
  const source = chosenSource(shape, (t, c, v) => (negative.has(`${t},${c},${v}`) ? -1 : 1));
  const path: SourceLayer[] = [];
  for (let t = depth; t > 0; t = layers[t - 1].reads?.[0] ?? 0) path.unshift(layers[t - 1]);
  const along = (axis: 'height' | 'width', side: 'top' | 'left') =>
    axisOf(
      path.map(({ kernel = POINT, stride = POINT, pads = NO_PADS, dilation = POINT }) => ({
        ...{ kernel: kernel[axis], stride: stride[axis], before: pads[side] },
        dilation: dilation[axis],
      })),
      plane[axis],
      planes[depth][axis],
    );
  const [y, x] = [along('height', 'top'), along('width', 'left')];
  if (y === undefined || x === undefined || y.kernel * x.kernel > 400) return null;
  const taps = Array.from({ length: y.kernel * x.kernel }, (_, tap) => tap);
  // Now and then a tap has no column, whatever the source reads there.
  const listed = taps.filter(() => below(15) !== 0);
  if (listed.length === 0) return null;
  const window: BlockWindow = {
    input: plane,
    kernel: { height: y.kernel, width: x.kernel },
    stride: { height: y.stride, width: x.stride },
    pads: { top: y.before, left: x.before, bottom: y.after, right: x.after },
    dilation: POINT,
    columns: [{ channels: inputSigns.length, taps: listed }],
  };
  const outputs = outputPlane(window);
  if (constant && anchorOf(window) < 0) return null;
  const claim = { source, masks, inputSigns, assignments: [], plane };
  const rows = layers[depth - 1].channels;
  const columns = inputSigns.length * listed.length + (constant ? 1 : 0);
  const matrix = { rows, columns, values: new Float64Array(rows * columns) };
  const target: IntegerNetwork = {
    ...{ matrices: [matrix], constant, fractionalPlaces: [0], activation: 'identity' },
    scale: { base: 2, exponent: 0 },
    maps: {
      input: { channels: inputSigns.length, ...plane },
      blocks: [{ window, form: { kind: 'free', passed: 0 } }],
    },
  };
  // What one number of the input does to the outputs at some position in the middle.
  const at = { y: outputs.height >> 1, x: outputs.width >> 1 };
  const outputsOf = (maps: Maps): bigint[] =>
    (direct({ ...claim, target }, maps).at(-1) as Maps).channels.map(
      (values) => values[at.y * outputs.width + at.x],
    );
  const zero = outputsOf(mapsOf({ ...claim, target }, () => 0n));
  for (const [channel, sign] of inputSigns.entries()) {
    const unit = sign === 'nonpositive' ? -1n : 1n;
    for (const [index, tap] of listed.entries()) {
      const down = at.y * y.stride - y.before + Math.floor(tap / x.kernel);
      const right = at.x * x.stride - x.before + (tap % x.kernel);
      // Taps that are outside there, seen from others perhaps not: any number.
      const isInside = down >= 0 && right >= 0 && down < plane.height && right < plane.width;
      const seen = isInside
        ? outputsOf(
            mapsOf({ ...claim, target }, (c, p) =>
              c === channel && p === down * plane.width + right ? unit : 0n,
            ),
          )
        : zero;
      for (let row = 0; row < rows; row++) {
        matrix.values[row * columns + channel * listed.length + index] = Number(
          (seen[row] - zero[row]) * unit,
        );
      }
    }
  }
  if (constant) {
    for (let row = 0; row < rows; row++) matrix.values[(row + 1) * columns - 1] = Number(zero[row]);
  }
  return { ...claim, target };
}

function mapsOf(
  { target, inputSigns, plane }: ComposedClaim,
  value: (channel: number, position: number) => bigint,
): Maps {
  const area = plane.height * plane.width;
  const channels = inputSigns.map((_, channel) =>
    Array.from({ length: area }, (_, position) => value(channel, position)),
  );
  if (target.constant) channels.push(new Array<bigint>(area).fill(1n));
  return { plane, channels };
}

/** Whether source and integer network differ on random inputs of the stated signs. */
export function differs(claim: ComposedClaim, seed: number, trials = 4): boolean {
  const random = randomStream(seed);
  const { maps } = claim.target;
  if (maps === undefined) throw new Error('no maps');
  for (let trial = 0; trial < trials; trial++) {
    const input = mapsOf(claim, (channel) => {
      const sign = claim.inputSigns[channel];
      const size = BigInt(Math.floor(random() * 2 ** (trial === 0 ? 2 : 30)));
      return sign === 'nonpositive' || (sign === 'signed' && random() < 0.5) ? -size : size;
    });
    const seen = (direct(claim, input).at(-1) as Maps).channels.flat();
    const wanted = complete(evaluateMapsSteps({ ...claim.target, maps }, input.channels.flat()));
    if (seen.some((value, index) => value !== wanted[index])) return true;
  }
  return false;
}

export function proveComposed(claim: Claim): PropagationResult {
  return propagate({ ...claim, mask: (t) => claim.masks[t - 1] });
}

/** One edge kept or dropped, one integer or one pad changed. */
function mutated(claim: ComposedClaim, seed: number): ComposedClaim {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  if (below(3) === 0) {
    const [matrix] = claim.target.matrices;
    const values = Float64Array.from(matrix.values as Float64Array);
    values[below(values.length)] += below(2) === 0 ? 1 : -1;
    return { ...claim, target: { ...claim.target, matrices: [{ ...matrix, values }] } };
  }
  const index = below(claim.masks.length);
  const { inputs, outputs } = claim.masks[index];
  const edges = new Map(edgesOf(claim.masks[index]).map((edge) => [edge.join(), edge]));
  const edge: Edge = [below(inputs), below(outputs)];
  if (!edges.delete(edge.join())) edges.set(edge.join(), edge);
  const masks = [...claim.masks];
  masks[index] = sparseMask(inputs, outputs, [...edges.values()]);
  return { ...claim, masks };
}

export interface CompositionAttack {
  readonly proved: number;
  readonly refused: number;
  /** Refused though nothing differs, for coefficients of both signs. */
  readonly undecided: number;
  readonly wrong: readonly string[];
}

/**
 * Holds the checker's answers on a random claim and changes of it against direct evaluation. A yes must be
 * right; a no for a coefficient must be right, too, the outputs having no ReLU.
 */
export function attackComposition(seed: number, mutations = 3): CompositionAttack {
  const tally = { proved: 0, refused: 0, undecided: 0 };
  const wrong: string[] = [];
  const claim = randomClaim(seed);
  if (claim === null) return { ...tally, wrong };
  for (let change = 0; change <= mutations; change++) {
    const own = change === 0 ? claim : mutated(claim, seed * 8 + change);
    const result = proveComposed(own);
    const different = differs(own, seed + 1);
    if (result.equal) {
      tally.proved++;
      if (different) wrong.push(`seed ${seed}, change ${change}: proved, and different`);
      continue;
    }
    const { reason } = result.failure;
    // Where kernels are the window's alone, a constant that is not read at the anchor is not seen through.
    if (reason.includes('both signs') || !reason.includes('at position')) tally.undecided++;
    else {
      tally.refused++;
      if (!different && !differs(own, seed + 2, 60))
        wrong.push(`seed ${seed}, change ${change}: ${reason}, and no difference`);
    }
  }
  return { ...tally, wrong };
}
