/** The engines of constructed tickets of feature maps: which one, in which arithmetic, how exact. */
import type { Steps } from '../core/steps.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import { admitNeurons } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { mapFastEngines } from './cores-on-demand.js';
import { edgeBoundSteps } from './edge-bound.js';
import {
  type Core,
  choose,
  floatArithmetic,
  guardedCore,
  type OpenEngineOptions,
  unlessRefused,
} from './engine-core.js';
import { evaluationBoundSteps, integerLayers } from './evaluation-bound.js';
import { roundedSteps } from './exact.js';
import { refusePlaces } from './float.js';
import { FLOAT64 } from './float-format.js';
import type { Arithmetic, FloatArithmetic } from './guarded.js';
import { mapFloatEngineSteps, runMapsExactSteps, runMapsFoldedExactSteps } from './map-engines.js';
import { mapFastProgram } from './map-fast-program.js';
import { mapFoldedEngineSteps } from './map-folded.js';
import { type MapMeasures, mapMeasuresSteps, spread } from './map-measures.js';
import { compileMapsSteps, laneSizes, type MapProgram } from './map-program.js';
import { exactUnit } from './quotients.js';
import { roundedOnce } from './sample-size.js';

/** In steps of stage `compile`, counted in layers. */
export function* mapCore(
  ticket: ConstructedTicket,
  maps: IntegerMaps,
  options: OpenEngineOptions,
): Steps<Core> {
  const { divide = 1, memory } = options;
  const { name, why } = choose(options);
  const measures = yield* mapMeasuresSteps(ticket, maps);
  const { outputs, scales, budget } = measures;
  if (name === 'folded') return yield* mapFoldedCore(ticket, maps, measures, options);
  const program = yield* compileMapsSteps(ticket, memory);
  admitNeurons(Math.ceil(laneSizes(program).widest / 64), memory);
  if (name === 'fast') {
    const described = mapFastProgram(program, ticket, measures);
    return mapFastEngines.get()(described, measures.inputSigns, options, why);
  }
  const unit = exactUnit(divide);
  const divides = name === 'exact' && unit === divide;
  const exact: Arithmetic = {
    text: 'BigInt additions and subtractions',
    runSteps: (batch, samples) =>
      roundedSteps(runMapsExactSteps(program, ticket.target, batch, samples, divides ? unit : 1)),
    error: roundedOnce(budget.sizes, divides || divide === 1 ? 0 : 1),
  };
  const float = name === 'exact' ? null : yield* edgeArithmetic(ticket, program, measures, divide);
  return guardedCore(name, why, {
    ...{ divides, unit: divides ? unit : 1, float, exact, outputs, scales },
  });
}

/** Null where the ticket's integers exceed what the engine takes. */
function* edgeArithmetic(
  { assignments, inputSigns, target }: ConstructedTicket,
  program: MapProgram,
  { channelScales, budget, area }: MapMeasures,
  divide: number,
): Steps<FloatArithmetic | null> {
  if (unlessRefused(() => refusePlaces(target.fractionalPlaces)) === null) return null;
  const bound = yield* edgeBoundSteps({
    ...{ program: { ...program, ...target }, target, assignments, inputSigns },
    ...{ scales: channelScales, inputRoundings: divide === 1 ? 0 : 1 },
  });
  return floatArithmetic(
    'float64 additions and subtractions, block scaling',
    mapFloatEngineSteps(program, target),
    spread(bound, area),
    { budget, anySign: false },
  );
}

/** The integer network itself. */
function* mapFoldedCore(
  { target, channelsLast }: ConstructedTicket,
  maps: IntegerMaps,
  { outputs, scales, channelScales, budget, area }: MapMeasures,
  { divide = 1 }: OpenEngineOptions,
): Steps<Core> {
  const inputRoundings = divide === 1 ? 0 : 1;
  const rounding = { format: FLOAT64, inputs: inputRoundings, weights: 3 };
  const bound = yield* evaluationBoundSteps(integerLayers(target), channelScales, rounding);
  const network = { ...target, maps };
  const isLast = channelsLast !== undefined;
  return guardedCore('folded', '', {
    ...{ divides: false, unit: 1, outputs, scales },
    float: floatArithmetic(
      'float64 multiplications by the folded integers',
      mapFoldedEngineSteps(network, isLast),
      spread(bound, area),
      { budget, anySign: true },
    ),
    exact: {
      text: 'BigInt multiplications by the folded integers',
      runSteps: (batch, samples) =>
        roundedSteps(runMapsFoldedExactSteps(network, isLast, batch, samples)),
      error: roundedOnce(budget.sizes, inputRoundings),
    },
  });
}
