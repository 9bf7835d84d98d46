/**
 * For how many inputs class and error provably stay as they are, on a ball around each: the error of `f^` by the
 * bounds of its certificate, the class by backward rows of the margins between outputs, of `f` and of `f^`.
 */
import { MisfitError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import { retold, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { firstDifference } from '../integer/network-difference.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import { evaluateNetwork } from '../target/evaluate.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import { type Balls, ballAround, checkBalls } from './balls.js';
import { mapBackwardSteps } from './bounds/map-backward.js';
import { type Row, type RowKind, type RowLayers, upperBoundsSteps } from './bounds/map-bounding.js';
import { denseDifferences, type MapDifference, mapDifferences } from './bounds/map-difference.js';
import { analyseMapsSteps, certifyAnalysedSteps, rowBudget } from './map-certificate.js';
import { integersAt } from './map-integers.js';

/** What is proved on the ball around one input. */
export interface BallVerdict {
  /** The class that the model gives the input itself. */
  readonly class: number;
  /** Upper bound of `|f - f^|`; Infinity where there is none. */
  readonly error: number;
  /** Whether the model has this class on all of the ball. */
  readonly modelStays: boolean;
  /** Whether the integer network has. */
  readonly ticketStays: boolean;
}

export interface RobustnessOptions {
  readonly spend?: Spend | undefined;
}

/**
 * The two networks as bounds take them. Throws a `MisfitError` where the integers are not those of the model at
 * `places` (feature maps), or do not fit it.
 */
export function* differencesOf(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  places: readonly number[],
): Steps<MapDifference[]> {
  if (!hasMaps(network)) return denseDifferences(network, integerNetwork);
  const own = yield* integersAt(network, places, domain);
  if (firstDifference(integerNetwork, own) !== null) {
    throw new MisfitError("the ticket's integers are not the model's at its places");
  }
  return mapDifferences(withSumPooling(network), places);
}

/** One verdict a ball, in steps of stage `certify`, counted in balls. */
export function* robustnessSteps(
  network: Network,
  layers: readonly MapDifference[],
  balls: Balls,
  { spend }: RobustnessOptions = {},
): Steps<BallVerdict[]> {
  const inputs = inputsOf(network.layers);
  checkBalls(balls, inputs);
  const verdicts: BallVerdict[] = [];
  for (let sample = 0; sample < balls.samples; sample++) {
    yield { stage: 'certify', done: sample, total: balls.samples };
    const centre = balls.values
      .subarray(sample * inputs, (sample + 1) * inputs)
      .map((value) => value / balls.divide);
    const outputs = evaluateNetwork(network, centre);
    const own = outputs.reduce((best, value, j) => (value > outputs[best] ? j : best), 0);
    const steps = onBall(network, layers, ballAround(balls, sample), own, spend);
    verdicts.push(yield* retold(steps, () => undefined));
  }
  yield { stage: 'certify', done: balls.samples, total: balls.samples };
  return verdicts;
}

function* onBall(
  network: Network,
  layers: readonly MapDifference[],
  ball: Domain,
  own: number,
  spend: Spend | undefined,
): Steps<BallVerdict> {
  const analysis = yield* analyseMapsSteps(layers, network, ball, spend);
  const { input, values } = analysis;
  const intervals = { input, values: undefined };
  const { epsilon } = yield* certifyAnalysedSteps(layers, intervals, { spend });
  if (values === undefined) {
    return { class: own, error: epsilon, modelStays: false, ticketStays: false };
  }
  const { bounds, rowLayers } = yield* mapBackwardSteps(layers, values, rowBudget(spend));
  // A bound that is no number is none.
  const largest = bounds.reduce(
    (most, bound) => (bound >= 0 ? Math.max(most, bound) : Number.POSITIVE_INFINITY),
    0,
  );
  const modelStays = yield* staysBy(rowLayers, own, 'values', spend);
  const ticketStays = yield* staysBy(rowLayers, own, 'rounded', spend);
  return { class: own, error: Math.min(epsilon, largest), modelStays, ticketStays };
}

/** Whether output `own` is the largest on the whole region: of one output, whether it stays positive. */
function* staysBy(
  rowLayers: RowLayers,
  own: number,
  of: RowKind,
  spend: Spend | undefined,
): Steps<boolean> {
  const { layers } = rowLayers;
  const last = layers[layers.length - 1];
  const rows: Row[] = [];
  for (let other = 0; other < last.outputs; other++) {
    if (other !== own)
      rows.push([
        [other, 1],
        [own, -1],
      ]);
  }
  // Behind ReLU two outputs that are off are the same.
  if (last.isRectified || rows.length === 0) rows.push([[own, -1]]);
  const budget = rowBudget(spend);
  const bounds = yield* upperBoundsSteps(rowLayers, layers.length - 1, of, rows, budget);
  return bounds?.every((bound) => bound < 0) ?? false;
}
