/**
 * The paper's own precision (Fact 1, Lemmas 1, 2, 8, 9): truncate every weight to
 * `p = ceil(log10(d^2 l / epsilon))` decimal places, with the promise `|f - f^| <= epsilon` on the
 * unit ball. Its hypotheses are checked, not assumed.
 *
 * The printed proof of Lemma 2 uses `|W^_i|_2 <= 1`, which truncation can violate. What holds:
 * `|dW_i|_2 <= |dW_i|_F <= d 10^-p <= epsilon/(d l) =: a`, so `|W^_i|_2 <= 1 + a`, and the errors add
 * up to `(1 + a)^l - 1 <= e^(epsilon/d) - 1 <= epsilon` for `d >= 2` and `epsilon <= 2.5`.
 */
import { compareDyadic, dyadic, dyadicFromNumber, multiplyDyadic } from '../core/dyadic.js';
import { InputError, UsageError } from '../core/errors.js';
import { complete, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { needsConstant, truncateDecimalSteps } from '../integer/quantize.js';
import { isZero } from '../target/exact-array.js';
import { type Domain, dimensions, matrixOf, type Network } from '../target/network.js';
import { insideUnitBall, LARGEST_PAPER_EPSILON } from './paper-claim.js';
import { spectralNormAtMostOne } from './spectral-norm.js';

/** `ceil(log10(d^2 l / epsilon))`, decided exactly. `d` is the largest width, `d_0` included. */
export function paperPlaces(network: Network, epsilon: number): number {
  const width = BigInt(Math.max(...dimensions(network)));
  const needed = dyadic(width * width * BigInt(network.layers.length));
  const tolerance = dyadicFromNumber(epsilon);
  let places = 0;
  // epsilon is at least 2^-1074, so this ends after a few hundred steps at most.
  while (compareDyadic(multiplyDyadic(dyadic(10n ** BigInt(places)), tolerance), needed) < 0) {
    places++;
  }
  return places;
}

/**
 * Checks every hypothesis of Lemma 2 for this network, epsilon and domain. Throws an `InputError`
 * that names the first one that does not hold.
 */
export function checkPaperHypotheses(network: Network, epsilon: number, domain: Domain): void {
  const refuse = (place: string, problem: string): never => {
    throw new InputError({
      place,
      problem,
      remedy:
        'Lemma 2 promises nothing here; find it losslessly, or with option "bits" without a promise',
    });
  };
  if (!(epsilon > 0 && epsilon <= LARGEST_PAPER_EPSILON)) {
    throw new UsageError(
      `option "epsilon" must lie in (0, ${LARGEST_PAPER_EPSILON}] for option "precision: paper"`,
    );
  }
  if (Math.max(...dimensions(network)) < 2) {
    refuse('network', 'every layer has width 1, and the bound of Lemma 2 needs width at least 2');
  }
  if (!insideUnitBall(domain)) {
    refuse('domain', 'it does not lie in the unit ball |x| <= 1');
  }
  if (needsConstant(network)) {
    const layer = network.layers.findIndex(({ bias }) => !isZero(bias));
    refuse(`layer ${layer + 1}`, 'it has biases, and the paper has none');
  }
  network.layers.forEach((layer, index) => {
    const place = `layer ${index + 1}`;
    const { values, exact } = matrixOf(layer);
    if (exact.size > 0) {
      refuse(place, 'its folded weights exceed float64, so its spectral norm is not certified');
    }
    const norm = spectralNormAtMostOne({
      rows: layer.outputs,
      columns: layer.inputs,
      values,
    });
    if (norm.verdict === 'fails') {
      refuse(place, `its spectral norm is at least ${norm.atLeast.toPrecision(6)}, above 1`);
    }
    if (norm.verdict === 'undecided') {
      refuse(place, 'its spectral norm is too close to 1 to certify that it is at most 1');
    }
  });
}

/** The paper's integer network. Throws an `InputError` where a hypothesis of Lemma 2 fails. */
export function quantizePaper(network: Network, epsilon: number, domain: Domain): IntegerNetwork {
  return complete(quantizePaperSteps(network, epsilon, domain));
}

/** The same in steps of stage `quantise`, counted in layers. */
export function* quantizePaperSteps(
  network: Network,
  epsilon: number,
  domain: Domain,
): Steps<IntegerNetwork> {
  checkPaperHypotheses(network, epsilon, domain);
  return yield* truncateDecimalSteps(network, paperPlaces(network, epsilon));
}
