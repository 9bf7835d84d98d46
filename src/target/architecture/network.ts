/** Networks of an architecture: with the numbers that a caller gives, or with such as span a class. */
import { checkWhole } from '../../core/arguments.js';
import { IDLE_MEMORY, requireMemory } from '../../core/limits.js';
import { type ExactArray, exactArray } from '../exact-array.js';
import { convolutionMap, denseLayer } from '../make-layers.js';
import type { Activation, Layer, Network } from '../network.js';
import { featureCount, type PlaneSize } from '../planes.js';
import { type Kernel, type SizedLayer, sizedLayers, weightsOf } from './layers.js';
import type { ArchitectureRecord } from './record.js';

const POINT: PlaneSize = { height: 1, width: 1 };

/** Numbers of a layer: its weights or biases, `length` of them; each output reads `fan` inputs. */
export type NumbersOf = (length: number, fan: number) => Float64Array;

function convolutionOf(kernel: Kernel, weights: ExactArray | Float64Array) {
  return convolutionMap({ ...kernel, weights });
}

function drawn(kernel: Kernel, numbers: NumbersOf): Float64Array {
  const length = weightsOf(kernel);
  return numbers(length, length / kernel.outputChannels);
}

function layerOf(sized: SizedLayer, activation: Activation, numbers: NumbersOf): Layer {
  const { output } = sized;
  const noBias = exactArray(new Float64Array(output.channels));
  const bias = (fan: number) => exactArray(numbers(output.channels, fan));
  switch (sized.kind) {
    case 'dense': {
      const { inputs } = sized;
      const outputs = output.channels;
      const weights = numbers(inputs * outputs, inputs);
      return denseLayer({ inputs, outputs, weights, bias: bias(inputs), activation });
    }
    case 'convolution': {
      const { kernel } = sized;
      const weights = drawn(kernel, numbers);
      const map = convolutionOf(kernel, weights);
      return { ...map, bias: bias(weights.length / output.channels), activation };
    }
    case 'average': {
      const { kernel } = sized;
      const taps = kernel.kernel.height * kernel.kernel.width;
      const weights = new Float64Array(weightsOf(kernel)).fill(Math.fround(1 / taps));
      return { ...convolutionOf(kernel, weights), bias: noBias, activation };
    }
    case 'max-pooling': {
      const { input, kernel, stride, pads } = sized.kernel;
      const inputs = featureCount(input);
      const outputs = featureCount(output);
      return {
        ...{ kind: 'max-pooling', input, output, inputs, outputs, kernel, stride, pads },
        ...{ dilation: POINT, bias: exactArray(new Float64Array(0)), activation },
      };
    }
    case 'residual': {
      const { kernel, skip, isProjection, reads } = sized;
      const weights = drawn(kernel, numbers);
      const handedOn = isProjection
        ? drawn(skip, numbers)
        : new Float64Array(skip.outputChannels).fill(1);
      const parts = [convolutionOf(kernel, weights), convolutionOf(skip, handedOn)];
      const inputs = parts.reduce((sum, part) => sum + part.inputs, 0);
      return {
        ...{ kind: 'sum', inputs, outputs: featureCount(output), parts, activation, reads },
        bias: bias(weights.length / output.channels),
      };
    }
  }
}

/**
 * The network of an architecture with these numbers: ReLU behind each layer but the last, inputs of all real
 * numbers. Throws an `InputError` where sizes do not fit each other.
 */
export function architectureNetwork(record: ArchitectureRecord, numbers: NumbersOf): Network {
  return networkOf(sizedLayers(record), numbers);
}

function networkOf(sized: readonly SizedLayer[], numbers: NumbersOf): Network {
  const last = sized.length - 1;
  const layers = sized.map((layer, index) =>
    layerOf(layer, index === last ? 'identity' : 'relu', numbers),
  );
  return { layers, domain: { kind: 'all' } };
}

/** Entries of a pooling's matrix over the square of its channels. */
const POOLED = 8;

/** Numbers of a layer in float64, in the target; and in its block's matrix, groups as zeros. */
function sizeOf(sized: SizedLayer): { readonly own: number; readonly inBlock: number } {
  const dense = ({ groups, ...kernel }: Kernel): number =>
    groups * weightsOf({ groups, ...kernel });
  switch (sized.kind) {
    case 'dense': {
      const own = sized.inputs * sized.output.channels;
      return { own, inBlock: own };
    }
    case 'residual':
      return {
        own: Math.max(weightsOf(sized.kernel), weightsOf(sized.skip)),
        inBlock: dense(sized.kernel) + dense(sized.skip),
      };
    case 'convolution':
      return { own: weightsOf(sized.kernel), inBlock: dense(sized.kernel) };
    default: {
      // A pooling is a block of known rows for each time that it halves its kernel, and a few.
      const { input, kernel } = sized.kernel;
      const blocks = 2 + Math.log2(kernel.height) + Math.log2(kernel.width);
      return { own: weightsOf(sized.kernel), inBlock: blocks * POOLED * input.channels ** 2 };
    }
  }
}

/** Maps that a block hands on are rows of its matrix too: where there are residuals, up to twice as many. */
const HANDED_ON = 3;

/**
 * The most numbers that a layer has. Throws an `InputError` if planning for these layers would take more than
 * `memory` bytes.
 */
function longestWithin(sized: readonly SizedLayer[], memory: number): number {
  const sizes = sized.map(sizeOf);
  const longest = sized.reduce(
    (most, { output }, index) => Math.max(most, output.channels, sizes[index].own),
    1,
  );
  const entries = sizes.reduce((sum, { inBlock }) => sum + inBlock, 0);
  const handsOn = sized.some(({ kind }) => kind === 'residual');
  const bytes = 8 * (longest + (handsOn ? HANDED_ON : 1) * entries);
  requireMemory(IDLE_MEMORY + bytes, memory, 'layers', 'the class of this architecture');
  return longest;
}

/** Bits that a float64 holds. */
export const MOST_SPANNING_BITS = 53;

/**
 * A network of the architecture whose weights and biases are all `+-(2^bits - 1) / 2^bits`: with `bits`
 * binary places a layer its integers are the largest of so many bits, so that the class of its integer
 * network is that of all networks of the architecture whose weights and biases round to integers of `bits`
 * bits, units of 2^-bits. Signs alternate, so that no convolution is taken for a pooling. All layers share
 * one list of numbers. Throws an `InputError` where sizes do not fit each other, or what is planned for it
 * would take more than `memory` bytes, a `UsageError` for bits that are not 1 to 53.
 */
export function spanningNetwork(record: ArchitectureRecord, bits: number, memory: number): Network {
  checkWhole('bits', bits, 1, MOST_SPANNING_BITS);
  const sized = sizedLayers(record);
  const longest = longestWithin(sized, memory);
  const largest = 1 - 2 ** -bits;
  const shared = new Float64Array(longest);
  for (let at = 0; at < longest; at++) shared[at] = at % 2 === 0 ? largest : -largest;
  return networkOf(sized, (length) => shared.subarray(0, length));
}
