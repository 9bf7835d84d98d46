/**
 * The fast engine of a trained ticket's network. Its outputs are those of the plain one to the bit: fully connected
 * layers are maps of one position, whose products have the order of their edges, and layers that read signs count bits.
 */
import { stagesOf } from '../ticket/trained-maps.js';
import type { MachineFactory } from './fast/kernels.js';
import type { FloatEngineSteps } from './float.js';
import { SIGN_SUMS } from './products/sign-sums.js';
import { checkTrainedProgram } from './trained.js';
import { layeredEngineSteps } from './trained-layers.js';
import {
  signEngineSize,
  type TrainedMapProgram,
  trainedMapEngineSteps,
} from './trained-map-engine.js';
import type { TrainedProgram } from './trained-program.js';

/** Bytes beyond which fully connected layers stay edges. */
const MOST_BYTES = 2 ** 31;

/** A program's fully connected layers as maps of one position. */
function asMaps(program: TrainedProgram): TrainedMapProgram {
  const { inputs, layers, stages } = program;
  const widths = [inputs, ...layers.map(({ outputs }) => outputs)];
  return { ...program, stages: stages ?? stagesOf(widths, undefined) };
}

/** Bytes that the engine holds, and the layers, from 1, whose sums are counts of bits. */
export function trainedFastSize(program: TrainedProgram): {
  readonly bytes: number;
  readonly layers: readonly number[];
} {
  return signEngineSize(asMaps(program), SIGN_SUMS);
}

/** In steps; fully connected layers of over 2 GiB are added edge by edge. `machines`: what the kernels run on. */
export function trainedFastEngineSteps(
  program: TrainedProgram,
  machines?: MachineFactory,
): FloatEngineSteps {
  checkTrainedProgram(program);
  if (program.stages === undefined && trainedFastSize(program).bytes > MOST_BYTES) {
    return layeredEngineSteps(program);
  }
  return trainedMapEngineSteps(asMaps(program), {
    signs: SIGN_SUMS,
    ...(machines && { machines }),
  });
}
