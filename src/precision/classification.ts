/**
 * Classification certificates (Corollary 1): where the arg max of `f` cannot change. With certified errors
 * `E_j` per output, class c stays the arg max at x if `f_c(x) - f_j(x) > E_c + E_j` for every other j; for
 * one output the sign stays if `|f(x)| > E`. Inner values are intervals rounded outwards.
 */
import { checkObject, checkParts } from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { type Domain, matrixOf, type Network } from '../target/network.js';
import { type DifferenceLayer, differenceLayers, underflows } from './bounds/difference-layers.js';
import { differenceRelaxation } from './bounds/difference-relaxation.js';
import { centred, type Region } from './bounds/region.js';
import { gamma, roundUp } from './bounds/rounding.js';
import { relaxationSteps } from './bounds/steps.js';
import type { Certificate } from './certificate.js';
import {
  type BoxVerdict,
  type Classifier,
  classOf,
  marginHolds,
  type OutputsAt,
  type SampleSet,
  type SampleVerdict,
  verdictSteps,
} from './class-verdicts.js';

export type { BoxVerdict, SampleSet, SampleVerdict };

/**
 * Evaluates `f` at one point after another, rounding bounded. Each answer lies in the same two arrays, which
 * the next one overwrites: millions of samples of a small network cost more in arrays than in products.
 */
function pointEvaluator(
  layers: readonly DifferenceLayer[],
  network: Network,
): (input: Float64Array) => OutputsAt {
  const stages = layers.map((layer, index) => ({
    ...layer,
    rectify: network.layers[index].activation === 'relu',
    values: new Float64Array(layer.outputs),
    radius: new Float64Array(layer.outputs),
  }));
  const exact = new Float64Array(layers[0].inputs);
  return (input) => {
    let at: OutputsAt = { values: input, radius: exact };
    for (const stage of stages) {
      evaluateStage(stage, at, stage);
      at = stage;
    }
    return at;
  };
}

/** One layer of `f` on values with their radii, into `into`. */
function evaluateStage(
  { inputs, outputs, weights, bias, rectify }: DifferenceLayer & { readonly rectify: boolean },
  { values, radius }: OutputsAt,
  into: OutputsAt,
): void {
  const slop = gamma(inputs + 8);
  for (let i = 0; i < outputs; i++) {
    let sum = 0;
    let size = 0;
    let carried = 0;
    for (let k = 0, at = i * inputs; k < inputs; k++, at++) {
      const weight = weights[at];
      const absolute = Math.abs(weight);
      sum += weight * values[k];
      size += absolute * Math.abs(values[k]);
      carried += absolute * radius[k];
    }
    into.radius[i] = roundUp(carried * (1 + slop) + (size + Math.abs(bias[i])) * slop);
    into.values[i] = rectify ? Math.max(0, sum + bias[i]) : sum + bias[i];
  }
}

/** The network whose outputs are `f_winner - f_j`: differences of rows, each within its roundoff. */
function marginLayers(
  layers: readonly DifferenceLayer[],
  winner: number,
): readonly DifferenceLayer[] {
  const last = layers[layers.length - 1];
  const { inputs, outputs, weights, bias } = last;
  const rows = weights.map((value, index) => {
    return weights[winner * inputs + (index % inputs)] - value;
  });
  const margins = bias.map((value) => bias[winner] - value);
  const zeros = new Float64Array(rows.length);
  const none = new Float64Array(outputs);
  const zeroed = layers.slice(0, -1).map((layer) => ({
    ...layer,
    deltaWeights: new Float64Array(layer.weights.length),
    deltaBias: new Float64Array(layer.outputs),
  }));
  return [
    ...zeroed,
    {
      ...last,
      weights: rows,
      bias: margins,
      rounded: rows,
      roundedBias: margins,
      deltaWeights: zeros,
      deltaBias: none,
    },
  ];
}

/** The class of a box if its margin is proved, by the relaxation of margins or of outputs. */
function* boxClass(
  network: Network,
  layers: readonly DifferenceLayer[],
  region: Region,
  errors: Float64Array,
  spend: Spend | undefined,
): Steps<number | undefined> {
  spend?.(relaxationSteps(layers));
  const area = centred(region, layers[0].inputs);
  const last = network.layers[network.layers.length - 1];
  const winner = classOf(pointEvaluator(layers, network)(area.centre).values);
  const { ranges } = yield* differenceRelaxation(layers, area);
  let { lower, upper } = ranges[ranges.length - 1];
  if (last.activation === 'relu') {
    lower = lower.map((value) => Math.max(0, value));
    upper = upper.map((value) => Math.max(0, value));
  }
  if (marginHolds(winner, lower, upper, errors)) return winner;
  // Differences of rows are within a roundoff only where the entries are plain float64s.
  const plain = matrixOf(last).exact.size + last.bias.exact.size === 0;
  if (lower.length === 1 || last.activation === 'relu' || !plain) return undefined;
  spend?.(relaxationSteps(layers));
  const margins = yield* differenceRelaxation(marginLayers(layers, winner), area);
  const least = margins.ranges[margins.ranges.length - 1].lower;
  for (let j = 0; j < least.length; j++) {
    if (j !== winner && !(least[j] > roundUp(errors[winner] + errors[j]))) return undefined;
  }
  return winner;
}

export interface ClassificationOptions {
  /** Told the steps beforehand; throws where they are too many. */
  readonly spend?: Spend;
}

/**
 * Certifies that classes are unchanged, from the certificate's errors per output over `domain` (the
 * certificate's own domain): sample by sample, or over a box inside it, whose steps `spend` is told
 * beforehand. Throws a RangeError where sizes
 * do not fit (a `MisfitError` for networks and domains), and a `UsageError` where the box leaves the
 * domain.
 */
export function certifyClassification(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet,
  options?: ClassificationOptions & Watch,
): SampleVerdict;
export function certifyClassification(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: Extract<Domain, { kind: 'box' }>,
  options?: ClassificationOptions & Watch,
): BoxVerdict;
export function certifyClassification(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet | Extract<Domain, { kind: 'box' }>,
  options: ClassificationOptions & Watch = {},
): SampleVerdict | BoxVerdict {
  const steps = classificationSteps(network, integerNetwork, domain, certificate, subject, options);
  return complete(steps, options);
}

/** The same in steps of stage `certify`, counted in samples or boxes. */
export function* classificationSteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet | Extract<Domain, { kind: 'box' }>,
  { spend }: ClassificationOptions = {},
): Steps<SampleVerdict | BoxVerdict> {
  checkNetwork(network);
  checkIntegerNetwork(integerNetwork);
  checkDomain(domain, network.layers[0].inputs);
  checkParts('certificate', certificate, { outputs: 'numbers', method: 'text' });
  checkObject('subject', subject);
  if (subject.kind === 'samples') {
    checkParts('subject', subject, { inputs: 'numbers' });
  } else checkDomain(subject, network.layers[0].inputs, 'subject');
  const layers = differenceLayers(network, integerNetwork);
  const classifier: Classifier = {
    inputs: layers[0].inputs,
    outputs: layers[layers.length - 1].outputs,
    // Beside the products a sample takes about as long as some hundred of them.
    work: layers.reduce((sum, layer) => sum + 3 * layer.inputs * layer.outputs, 200),
    evaluate: pointEvaluator(layers, network),
    boxClass: (region, own) => boxClass(network, layers, region, own, spend),
  };
  const errors = underflows(layers)
    ? certificate.outputs.map(() => Number.POSITIVE_INFINITY)
    : certificate.outputs;
  if (errors.length !== layers[layers.length - 1].outputs) {
    throw new MisfitError('the certificate does not have one bound per output of the network');
  }
  return yield* verdictSteps(classifier, { domain, certificate, errors, subject });
}
