/** The `fast` engines of constructed tickets, loaded on demand: a few samples are run without them. */
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { admitNeurons } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { fastEngines, mapFastEngines } from './cores-on-demand.js';
import { type Core, joined, neuronsAtOnce, type OpenEngineOptions } from './engine-core.js';
import type { FastEngine } from './fast/fast-engine.js';
import { MAP_FAST_WORK } from './fast/map-thread-task.js';
import { dividedFastEngine, threadedFastEngine } from './fast/thread-task.js';
import type { MapFastProgram } from './map-fast-program.js';
import { compileTicketSteps } from './pruned-program.js';

/** Gives them to those who ask for them (`constructedCore`, `mapCore`). */
export function provideFastEngines(): void {
  fastEngines.provide(fastCore);
  mapFastEngines.provide(mapFastCore);
}

/** Additions that take as long as a thread takes to begin: about a tenth of a second. */
const ADDITIONS_OF_A_START = 2 ** 29;

/** The threads, started, unless all that is to come is done before they would have begun. */
function threadsWorth(
  additions: number,
  samples = Number.POSITIVE_INFINITY,
  threads?: Threads,
): Threads | undefined {
  if (additions * samples < ADDITIONS_OF_A_START) return undefined;
  threads?.start?.();
  return threads;
}

/** Of vectors; in steps of stage `compile`, counted in layers. */
function* fastCore(
  ticket: ConstructedTicket,
  { exactness = 'float', divide = 1, samples, threads, memory }: OpenEngineOptions,
  why: string,
): Steps<Core> {
  const program = yield* compileTicketSteps(ticket, memory);
  admitNeurons(neuronsAtOnce(program), memory);
  const { inputSigns } = ticket;
  const shared = threadsWorth(program.liveEdges, samples, threads);
  return coreOf(threadedFastEngine(program, { exactness, divide, inputSigns }, shared), why);
}

/** Of feature maps; `inputSigns` are those of a sample's coordinates. */
function mapFastCore(
  program: MapFastProgram,
  inputSigns: ConstructedTicket['inputSigns'],
  { exactness = 'float', divide = 1, samples, threads }: OpenEngineOptions,
  why: string,
): Core {
  const options = { exactness, divide, inputSigns };
  const { input, gathers, area } = program.maps;
  const planes = [input.height * input.width, area];
  for (const gather of gathers) planes.push(gather?.to ?? 1);
  const additions = program.liveEdges * Math.max(...planes);
  const shared = threadsWorth(additions, samples, threads);
  return coreOf(dividedFastEngine(MAP_FAST_WORK, program, options, shared), why);
}

function coreOf(engine: Omit<FastEngine, 'additions'>, why: string): Core {
  let wrong = false;
  return {
    divides: true,
    prepareSteps: engine.prepareSteps,
    *runSteps(batch, samples, first, wrongSigns) {
      wrong ||= wrongSigns.includes(1);
      return yield* engine.runSteps(batch, samples, first);
    },
    state: () => ({
      engine: 'fast',
      reason: joined(why, engine.reason()),
      arithmetic: engine.arithmetic(),
      // What the integer network says of sizes does not hold outside the signs.
      error: wrong ? null : engine.error(),
    }),
  };
}
