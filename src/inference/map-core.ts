/** The engines of constructed tickets of feature maps: which one, in which arithmetic, how exact. */
import type { Steps } from '../core/steps.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import { admitNeurons } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { edgeBoundSteps } from './edge-bound.js';
import {
  type Core,
  floatArithmetic,
  guardedCore,
  type OpenEngineOptions,
  unlessRefused,
} from './engine-core.js';
import {
  type EvaluationBound,
  evaluationBoundSteps,
  float32BudgetSteps,
  integerLayers,
} from './evaluation-bound.js';
import { roundedSteps } from './exact.js';
import { refusePlaces } from './float.js';
import { FLOAT64 } from './float-format.js';
import type { Arithmetic, FloatArithmetic } from './guarded.js';
import {
  coordinateOf,
  mapFloatEngineSteps,
  runMapsExactSteps,
  runMapsFoldedExactSteps,
} from './map-engines.js';
import { mapFoldedEngineSteps } from './map-folded.js';
import { compileMapsSteps, laneSizes } from './map-program.js';
import { sizeOfMaps } from './map-sizes.js';
import { exactUnit } from './quotients.js';
import { inputScales, roundedOnce, type SizeBound } from './sample-size.js';

/** A bound of channels as one of all their positions. */
function atPositions({ perSize, constant }: SizeBound, area: number): SizeBound {
  const spread = (values: Float64Array): Float64Array =>
    Float64Array.from(
      { length: values.length * area },
      (_, at) => values[Math.floor(at / area)] as number,
    );
  return { perSize: spread(perSize), constant: spread(constant) };
}

function spread(bound: EvaluationBound, area: number): EvaluationBound {
  return { ...bound, error: atPositions(bound.error, area), sizes: atPositions(bound.sizes, area) };
}

/** What each channel is measured in: the largest measure of its coordinates. */
function channelScales(
  scales: Float64Array,
  maps: IntegerMaps,
  channelsLast: boolean,
): Float64Array {
  const { input } = maps;
  const largest = new Float64Array(input.channels);
  const area = input.height * input.width;
  for (let channel = 0; channel < input.channels; channel++) {
    for (let position = 0; position < area; position++) {
      const scale = scales[coordinateOf({ input, channelsLast }, channel, position)] as number;
      if (scale > (largest[channel] as number)) largest[channel] = scale;
    }
  }
  return largest;
}

/** In steps of stage `compile`, counted in layers. */
export function* mapCore(
  ticket: ConstructedTicket,
  maps: IntegerMaps,
  { engine = 'auto', exactness = 'float', divide = 1, memory }: OpenEngineOptions,
): Steps<Core> {
  const { target, domain } = ticket;
  const channelsLast = ticket.channelsLast !== undefined;
  const { inputs, outputs } = sizeOfMaps(ticket, maps);
  const area = outputs / (target.matrices.at(-1)?.rows ?? 1);
  const scales = inputScales(domain, inputs);
  const ofChannels = channelScales(scales, maps, channelsLast);
  const inputRoundings = divide === 1 ? 0 : 1;
  const budget = spread(yield* float32BudgetSteps(integerLayers(target), ofChannels), area);
  const name =
    engine === 'auto' || engine === 'fast' ? (exactness === 'bits' ? 'exact' : 'float') : engine;
  const why = engine === 'auto' ? 'for feature maps' : '';
  if (name === 'folded') {
    const rounding = { format: FLOAT64, inputs: inputRoundings, weights: 3 };
    const bound = yield* evaluationBoundSteps(integerLayers(target), ofChannels, rounding);
    return guardedCore('folded', why, {
      ...{ divides: false, unit: 1, outputs, scales },
      float: floatArithmetic(
        'float64 multiplications by the folded integers',
        mapFoldedEngineSteps({ ...target, maps }, channelsLast),
        spread(bound, area),
        { budget, anySign: true },
      ),
      exact: {
        text: 'BigInt multiplications by the folded integers',
        runSteps: (batch, samples) =>
          roundedSteps(runMapsFoldedExactSteps({ ...target, maps }, channelsLast, batch, samples)),
        error: roundedOnce(budget.sizes, inputRoundings),
      },
    });
  }
  const program = yield* compileMapsSteps(ticket, memory);
  admitNeurons(Math.ceil(laneSizes(program).widest / 64), memory);
  const unit = exactUnit(divide);
  const divides = name === 'exact' && unit === divide;
  const exact: Arithmetic = {
    text: 'BigInt additions and subtractions',
    runSteps: (batch, samples) =>
      roundedSteps(runMapsExactSteps(program, target, batch, samples, divides ? unit : 1)),
    error: roundedOnce(budget.sizes, divides || divide === 1 ? 0 : 1),
  };
  let float: FloatArithmetic | null = null;
  if (name !== 'exact' && unlessRefused(() => refusePlaces(target.fractionalPlaces)) !== null) {
    const { assignments, inputSigns } = ticket;
    const described = { assignments, inputSigns, target, scales: ofChannels, inputRoundings };
    const bound = yield* edgeBoundSteps({ ...described, program: { ...program, ...target } });
    float = floatArithmetic(
      'float64 additions and subtractions, block scaling',
      mapFloatEngineSteps(program, target),
      spread(bound, area),
      { budget, anySign: false },
    );
  }
  return guardedCore(name, why, {
    ...{ divides, unit: divides ? unit : 1, float, exact, outputs, scales },
  });
}
