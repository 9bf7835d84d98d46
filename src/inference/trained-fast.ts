/**
 * The fast engine of a trained ticket's network. Its outputs are those of the plain one to the bit: fully connected
 * layers are maps of one position, whose products have the order of their edges, and layers that read signs count bits.
 */
import { InputError } from '../core/errors.js';
import { stagesOf } from '../ticket/trained-maps.js';
import type { MachineFactory } from './fast/kernels.js';
import { MOST_MEMORY_BYTES } from './fast/web-assembly.js';
import type { FloatEngineSteps } from './float.js';
import { SIGN_SUMS } from './products/sign-sums.js';
import { checkTrainedProgram, trainedEngineSteps } from './trained.js';
import { layeredEngineSteps } from './trained-layers.js';
import {
  signEngineSize,
  type TrainedMapProgram,
  trainedMapEngineSteps,
} from './trained-map-engine.js';
import type { TrainedProgram } from './trained-program.js';

/**
 * How many products of a matrix, and of bits, take as long as adding an edge. At 7 % of the edges the two were even
 * (`bench/trained-engines.mjs 784-300-100-10:relu:0.07`).
 */
const PRODUCTS_AN_EDGE = 14;
const BITS_AN_EDGE = 128;

/** A program's fully connected layers as maps of one position. */
function asMaps(program: TrainedProgram): TrainedMapProgram {
  const { inputs, layers, stages } = program;
  const widths = [inputs, ...layers.map(({ outputs }) => outputs)];
  return { ...program, stages: stages ?? stagesOf(widths, undefined) };
}

export interface TrainedFastPlan {
  /** Bytes that the engine holds, and takes at once to begin. */
  readonly bytes: number;
  /** Layers, from 1, whose sums are counts of bits. */
  readonly layers: readonly number[];
  /** Why the plain engine is taken in its place; null where it is not. */
  readonly plainly: string | null;
}

/** What the fast engine of a program would be. */
export function trainedFastPlan(program: TrainedProgram): TrainedFastPlan {
  const maps = asMaps(program);
  const { bytes, layers } = signEngineSize(maps, SIGN_SUMS);
  return { bytes, layers, plainly: whyPlainly(maps, bytes, layers, program.stages !== undefined) };
}

function whyPlainly(
  { layers, stages }: TrainedMapProgram,
  bytes: number,
  signLayers: readonly number[],
  ofMaps: boolean,
): string | null {
  if (bytes > MOST_MEMORY_BYTES) return 'fast would hold more than 4 GiB';
  // Feature maps have no engine of edges.
  if (ofMaps) return null;
  let [edges, fast] = [0, 0];
  layers.forEach((layer, index) => {
    const { inputChannels, channels } = stages[index] as TrainedMapProgram['stages'][number];
    const perEdge = signLayers.includes(index + 1) ? BITS_AN_EDGE : PRODUCTS_AN_EDGE;
    edges += layer.edges.length;
    fast += (inputChannels * channels) / perEdge;
  });
  return fast > edges ? 'so few edges are kept that adding them is sooner' : null;
}

/**
 * In steps: the plain engine where the plan says so. What is beyond float64 in fully connected layers is left to the plain
 * one, too. `machines`: what the kernels run on.
 */
export function trainedFastEngineSteps(
  program: TrainedProgram,
  machines?: MachineFactory,
): FloatEngineSteps {
  checkTrainedProgram(program);
  if (trainedFastPlan(program).plainly !== null) return trainedEngineSteps(program);
  const options = { signs: SIGN_SUMS, ...(machines && { machines }) };
  const fast = trainedMapEngineSteps(asMaps(program), options);
  if (program.stages !== undefined) return fast;
  const plain = layeredEngineSteps(program);
  return function* (batch, samples) {
    try {
      return yield* fast(batch, samples);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return yield* plain(batch, samples);
    }
  };
}
