/**
 * What rounding may cost when kept edges are multiplied by their weights in float64 (tickets of the
 * baselines and trained ones), a priori, for any order of the additions: magnitudes and errors go
 * through the edges layer by layer.
 */
import type { TrainedTicket } from '../ticket/trained.js';
import type { MapStage } from '../ticket/trained-maps.js';
import type { ChannelMaps } from '../ticket/trained-normalization.js';
import { type EvaluationBound, reachOf } from './evaluation-bound.js';
import { FLOAT64, gamma, product, up } from './float-format.js';
import { BOUND_PARTS, type SizeBound, zeroBound } from './sample-size.js';
import type { TrainedProgram } from './trained-program.js';
import type { WeightedProgram } from './weighted.js';

/** Neuron v's edges are `edges[offsets[v] .. offsets[v+1])`, as in `PrunedLayer`. */
interface EdgeLayer {
  readonly offsets: Uint32Array;
  readonly edges: Uint32Array;
  /** Null where all magnitudes are 1. */
  readonly magnitudes: Float64Array | null;
  /** What each sum is multiplied by, and whether that rounds. */
  readonly factor: number;
  readonly factorRounds: boolean;
  /** Of feature maps what comes behind the factor. */
  readonly behind?: BehindBound;
}

/** Normalisation, the output of an earlier layer, means: each rounds once or twice. */
interface BehindBound {
  /** The layer that is read, 0 being the inputs. */
  readonly reads: number;
  readonly maps: ChannelMaps | null;
  /** The layer that is added; 0 for none. */
  readonly adds: number;
  /** Numbers that a mean is of; 1 for none. */
  readonly window: number;
}

const LARGEST = 2 ** (FLOAT64.mostExponent - 1);

/** The float64 evaluation of a baseline's pruned source; valid for inputs of either sign. */
export function weightedBound(
  program: WeightedProgram,
  scales: Float64Array,
  inputRoundings: number,
): EvaluationBound {
  const { constant, outputs, layers, weights, scaleExponents } = program;
  const sizes = zeroBound(program.inputs);
  const errors = zeroBound(program.inputs);
  sizes.perSize.set(scales);
  if (constant) sizes.constant[scales.length] = 1;
  errors.perSize.set(scales.map((scale) => up(product(gamma(inputRoundings, FLOAT64), scale), 1)));
  if (inputRoundings > 0) errors.constant.fill(FLOAT64.tiny, 0, scales.length);
  const computed = throughEdges(
    layers.map(({ offsets, edges }, index): EdgeLayer => {
      const exponent = index % 2 === 1 ? (scaleExponents[(index - 1) / 2] as number) : 0;
      const magnitudes = (weights[index] as Float64Array).map(Math.abs);
      return { offsets, edges, magnitudes, factor: 2 ** exponent, factorRounds: false };
    }),
    sizes,
    errors,
  );
  const { neurons } = layers[layers.length - 1] as WeightedProgram['layers'][number];
  const ordered = ({ perSize, constant: fixed }: SizeBound): SizeBound => {
    const result = zeroBound(outputs);
    neurons.forEach((output, index) => {
      result.perSize[output] = perSize[index] as number;
      result.constant[output] = fixed[index] as number;
    });
    return result;
  };
  return { ...computed, error: ordered(computed.error), sizes: ordered(computed.sizes) };
}

/**
 * A trained ticket's engine against the same network in real numbers. No error is known where neurons
 * are signs: a sum near 0 may get the other sign. (The ticket format defines the outputs by the engine's
 * own arithmetic, so rounding is part of what such a ticket means.)
 */
export function trainedBound(
  program: TrainedProgram,
  { standardization }: Pick<TrainedTicket, 'standardization'>,
  inputRoundings: number,
): Pick<EvaluationBound, 'reach'> & { readonly error: SizeBound | null } {
  const jumps = program.activation === 'sign' && program.layers.length > 1;
  const { mean, deviation } = standardization;
  // (raw - mean) / deviation: a difference and a quotient.
  const sizes = {
    perSize: deviation.map((each) => up(1 / each, 1)),
    constant: mean.map((each, index) => up(Math.abs(each) / (deviation[index] as number), 1)),
  };
  const relative = gamma(2, FLOAT64);
  const errors = {
    perSize: sizes.perSize.map((size) =>
      up(product(relative + gamma(inputRoundings, FLOAT64), size), 2),
    ),
    constant: sizes.constant.map((size) => up(product(relative, size), 1) + 2 * FLOAT64.tiny),
  };
  // Behind signs values are no larger than the numbers of edges.
  const layers = jumps ? program.layers.slice(0, 1) : program.layers;
  const { stages } = program;
  const { error, reach } = throughEdges(
    layers.map(
      ({ offsets, edges, magnitudes, scale, normalization }, index): EdgeLayer => ({
        // Of feature maps a bound holds for all positions of a channel, so whatever tap an edge reads. Border
        // zeros and pooling, which takes no two numbers further apart, only make less of it.
        ...{ offsets, edges: stages ? edgesOfChannels(edges, stages[index] as MapStage) : edges },
        magnitudes: magnitudes?.map(Math.abs) ?? null,
        ...{ factor: scale, factorRounds: true },
        ...(stages && { behind: behindOf(stages[index] as MapStage, normalization) }),
      }),
    ),
    sizes,
    errors,
  );
  return { error: jumps ? null : error, reach };
}

function behindOf(
  { reads, adds, average, pool }: MapStage,
  maps: ChannelMaps | undefined,
): BehindBound {
  return { reads, adds, maps: maps ?? null, window: average ? pool * pool : 1 };
}

/** The same edges from channels in place of columns. */
function edgesOfChannels(edges: Uint32Array, { kernel }: MapStage): Uint32Array {
  const taps = kernel.height * kernel.width;
  return edges.map((edge) => 2 * Math.floor((edge >>> 1) / taps) + (edge & 1));
}

function throughEdges(
  layers: readonly EdgeLayer[],
  inputs: SizeBound,
  inputErrors: SizeBound,
): EvaluationBound {
  /** Of the inputs and of what each layer hands on. */
  const sizes = [inputs];
  const errors = [inputErrors];
  let reach = reachOf(inputs, inputErrors, LARGEST);
  for (const layer of layers) {
    const { offsets, edges, magnitudes, factor, factorRounds, behind } = layer;
    const neurons = offsets.length - 1;
    const [nextSizes, nextErrors, partial] = [
      zeroBound(neurons),
      zeroBound(neurons),
      zeroBound(neurons),
    ];
    const read = behind?.reads ?? sizes.length - 1;
    for (const part of BOUND_PARTS) {
      const from = (sizes[read] as SizeBound)[part];
      const off = (errors[read] as SizeBound)[part];
      for (let neuron = 0; neuron < neurons; neuron++) {
        const start = offsets[neuron] as number;
        const end = offsets[neuron + 1] as number;
        let size = 0;
        let carried = 0;
        for (let at = start; at < end; at++) {
          const source = (edges[at] as number) >>> 1;
          const magnitude = magnitudes === null ? 1 : (magnitudes[at] as number);
          size += product(magnitude, from[source] as number);
          carried += product(magnitude, off[source] as number);
        }
        const count = end - start;
        const roundings = count + (factorRounds ? 1 : 0);
        const rounded = product(gamma(roundings, FLOAT64), size + carried);
        nextSizes[part][neuron] = up(product(size, factor), count + 2);
        nextErrors[part][neuron] = up(product(carried + rounded, factor), count + 4);
        partial[part][neuron] = up(size, count) * Math.max(1, factor);
      }
    }
    for (let neuron = 0; neuron < neurons; neuron++) {
      const count = (offsets[neuron + 1] as number) - (offsets[neuron] as number);
      (nextErrors.constant[neuron] as number) +=
        2 * (count + 1) * FLOAT64.tiny * Math.max(1, factor);
    }
    reach = Math.min(reach, reachOf(partial, nextErrors, LARGEST));
    if (behind !== undefined) {
      const { adds } = behind;
      const shortcut = adds === 0 ? null : ([sizes[adds], errors[adds]] as [SizeBound, SizeBound]);
      reach = Math.min(reach, passBehind(behind, nextSizes, nextErrors, shortcut));
    }
    sizes.push(nextSizes);
    errors.push(nextErrors);
  }
  return { error: errors.at(-1) as SizeBound, sizes: sizes.at(-1) as SizeBound, reach };
}

/**
 * Changes a layer's bounds to those behind its normalisation, the output that is added, and means. Each of the
 * products and sums rounds once. Returns how far inputs may reach for all that.
 */
function passBehind(
  { maps, window }: BehindBound,
  sizes: SizeBound,
  errors: SizeBound,
  shortcut: readonly [sizes: SizeBound, errors: SizeBound] | null,
): number {
  let reach = Number.POSITIVE_INFINITY;
  const neurons = sizes.constant.length;
  const round = (part: (typeof BOUND_PARTS)[number], neuron: number, roundings: number): void => {
    const size = sizes[part][neuron] as number;
    const off = errors[part][neuron] as number;
    errors[part][neuron] = up(off + product(gamma(roundings, FLOAT64), up(size + off, 1)), 3);
  };
  const each = (change: (part: (typeof BOUND_PARTS)[number], neuron: number) => void): void => {
    for (const part of BOUND_PARTS) {
      for (let neuron = 0; neuron < neurons; neuron++) change(part, neuron);
    }
  };
  const settle = (roundings: number): void => {
    each((part, neuron) => round(part, neuron, roundings));
    for (let neuron = 0; neuron < neurons; neuron++) {
      errors.constant[neuron] = up((errors.constant[neuron] as number) + 2 * FLOAT64.tiny, 1);
    }
    reach = Math.min(reach, reachOf(sizes, errors, LARGEST));
  };
  if (maps !== null) {
    each((part, neuron) => {
      const factor = maps.factors[neuron] as number;
      const shift = part === 'constant' ? Math.abs(maps.shifts[neuron] as number) : 0;
      sizes[part][neuron] = up(product(factor, sizes[part][neuron] as number) + shift, 2);
      errors[part][neuron] = up(product(factor, errors[part][neuron] as number), 1);
    });
    // The shift is the number that the ticket states, not rounded here.
    settle(2);
  }
  if (shortcut !== null) {
    const [added, off] = shortcut;
    each((part, neuron) => {
      sizes[part][neuron] = up(
        (sizes[part][neuron] as number) + (added[part][neuron] as number),
        1,
      );
      errors[part][neuron] = up(
        (errors[part][neuron] as number) + (off[part][neuron] as number),
        1,
      );
    });
    settle(1);
  }
  if (window > 1) {
    // A sum of as many numbers as the window has, and a quotient: no larger than the largest of them.
    settle(window + 1);
    const most = (bound: SizeBound): SizeBound => ({
      ...bound,
      perSize: bound.perSize.map((size) => up(product(window, size), 1)),
      constant: bound.constant.map((size) => up(product(window, size), 1)),
    });
    reach = Math.min(reach, reachOf(most(sizes), most(errors), LARGEST));
  }
  return reach;
}
