/** The engines of trained tickets, whose arithmetic is part of their format: plain, and fast with the same bits. */
import { DEFAULT_MEMORY, requireMemory } from '../core/limits.js';
import type { Steps } from '../core/steps.js';
import { admitTicket } from '../ticket/cost.js';
import type { TrainedTicket } from '../ticket/ticket.js';
import { type Core, choose, guardedCore, type OpenEngineOptions } from './engine-core.js';
import { trainedEngineSteps } from './trained.js';
import { type TrainedFastPlan, trainedFastEngineSteps, trainedFastPlan } from './trained-fast.js';
import { compileTrainedSteps } from './trained-layers.js';
import type { TrainedProgram } from './trained-program.js';
import { trainedBound } from './weighted-bound.js';

/** In steps of stage `compile`. */
export function* trainedCore(ticket: TrainedTicket, options: OpenEngineOptions): Steps<Core> {
  const { divide = 1, memory } = options;
  const program = yield* compileTrainedSteps(ticket, memory);
  const bound = trainedBound(program, ticket, divide === 1 ? 0 : 1);
  const chosen = choose(options);
  const plan = chosen.name === 'fast' ? fastPlan(ticket, program, options) : null;
  const isFast = plan !== null && plan.plainly === null;
  return guardedCore(isFast ? 'fast' : 'float', plan?.plainly ?? chosen.why, {
    ...{ divides: false, unit: 1, exact: null },
    ...{ outputs: program.outputs, scales: new Float64Array(program.inputs).fill(1) },
    float: {
      text: isFast ? fastText(plan.layers) : plainText(program.stages !== undefined),
      runSteps: isFast ? trainedFastEngineSteps(program) : trainedEngineSteps(program),
      error: bound.error,
      sizes: { from: 0, to: Number.POSITIVE_INFINITY },
      reach: bound.reach,
      anySign: true,
      refusal: () => '',
    },
  });
}

/** Throws an `InputError` where it was asked for, and its memory is not allowed. */
function fastPlan(
  ticket: TrainedTicket,
  program: TrainedProgram,
  { engine, memory = DEFAULT_MEMORY }: OpenEngineOptions,
): TrainedFastPlan {
  const plan = trainedFastPlan(program);
  if (plan.plainly !== null) return plan;
  // Beside the program's own, which feature maps have counted with their engine.
  const held =
    program.stages === undefined ? memory - admitTicket(ticket, 'program', memory).memory : 0;
  const bytes = held + plan.bytes;
  if (engine === 'fast') requireMemory(bytes, memory, 'masks', 'the fast engine');
  return bytes <= memory ? plan : { ...plan, plainly: 'fast would need more memory' };
}

function plainText(ofMaps: boolean): string {
  return ofMaps
    ? 'float64 sums over the taps of feature maps, one scale a layer'
    : 'float64 sums of the kept weights, one scale a layer';
}

function fastText(signLayers: readonly number[]): string {
  const elsewhere = "float64 sums in the format's order";
  return signLayers.length === 0
    ? `${elsewhere}, one scale a layer`
    : `differing signs, counted by bits, in layers ${signLayers.join(', ')}, and ${elsewhere} in others; one scale a layer`;
}
