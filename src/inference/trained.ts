/** The engine of a trained ticket's network, whether of fully connected layers or of feature maps. */
import { checkParts } from '../core/arguments.js';
import { complete } from '../core/steps.js';
import type { FloatEngine, FloatEngineSteps } from './float.js';
import { layeredEngineSteps } from './trained-layers.js';
import { trainedMapEngineSteps } from './trained-map-engine.js';
import type { TrainedProgram } from './trained-program.js';

/** An engine for one network: raw inputs in, `samples` by `outputs` out, row-major. */
export function trainedEngine(program: TrainedProgram): FloatEngine {
  const run = trainedEngineSteps(program);
  return (batch, samples) => complete(run(batch, samples));
}

/** The same in steps. */
export function trainedEngineSteps(program: TrainedProgram): FloatEngineSteps {
  checkTrainedProgram(program);
  const { stages } = program;
  return stages === undefined
    ? layeredEngineSteps(program)
    : trainedMapEngineSteps({ ...program, stages });
}

export function checkTrainedProgram(program: TrainedProgram): void {
  checkParts('program', program, {
    ...{ inputs: 'number', outputs: 'number', activation: 'text' },
    ...{ layers: 'list', standardization: 'object' },
  });
  checkParts('program.standardization', program.standardization, {
    ...{ mean: 'numbers', deviation: 'numbers' },
  });
}
