/** The engines of constructed tickets of vectors: which one, in which arithmetic, how exact. */
import type { Steps } from '../core/steps.js';
import { admitNeurons } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { fastEngines, foldedEngines } from './cores-on-demand.js';
import { edgeBoundSteps } from './edge-bound.js';
import {
  type Core,
  choose,
  floatArithmetic,
  guardedCore,
  neuronsAtOnce,
  type OpenEngineOptions,
  unlessRefused,
} from './engine-core.js';
import { roundedSteps, runExactSteps } from './exact.js';
import { floatEngineSteps } from './float.js';
import type { Arithmetic, FloatArithmetic } from './guarded.js';
import { compileTicketSteps, type PrunedProgram } from './pruned-program.js';
import { exactUnit } from './quotients.js';
import { roundedOnce } from './sample-size.js';

/** In steps of stage `compile`, counted in layers. */
export function* constructedCore(
  ticket: ConstructedTicket,
  options: OpenEngineOptions,
): Steps<Core> {
  const { name, why } = choose(options);
  const { divide = 1, memory } = options;
  if (name === 'folded') return yield* foldedEngines.get()(ticket, divide, why);
  if (name === 'fast') return yield* fastEngines.get()(ticket, options, why);
  const program = yield* compileTicketSteps(ticket, memory);
  admitNeurons(neuronsAtOnce(program), memory);
  const unit = exactUnit(divide);
  const exactly = unit === divide;
  // The exact engine divides by whole numbers itself; behind a float engine it gets what that one gets.
  const divides = name === 'exact' && exactly;
  const exact: Arithmetic = {
    text: 'BigInt additions and subtractions',
    runSteps: (batch, samples) =>
      roundedSteps(runExactSteps(program, batch, samples, divides ? unit : 1)),
    error: roundedOnce(program.float32.sizes, divides || divide === 1 ? 0 : 1),
  };
  const float = name === 'exact' ? null : yield* edgeArithmetic(ticket, program, divide);
  return guardedCore(name, why, {
    ...{ divides, unit: divides ? unit : 1, float, exact },
    ...{ outputs: program.outputs, scales: program.scales },
  });
}

/** Null where the ticket's integers exceed what the engine takes. */
function* edgeArithmetic(
  ticket: ConstructedTicket,
  program: PrunedProgram,
  divide: number,
): Steps<FloatArithmetic | null> {
  const { target, assignments, inputSigns } = ticket;
  const { scales } = program;
  const run = unlessRefused(() => floatEngineSteps(program));
  if (run === null) return null;
  const inputRoundings = divide === 1 ? 0 : 1;
  const described = { program, target, assignments, inputSigns, scales, inputRoundings };
  const bound = yield* edgeBoundSteps(described);
  return floatArithmetic('float64 additions and subtractions, block scaling', run, bound, {
    budget: program.float32,
    anySign: false,
  });
}
