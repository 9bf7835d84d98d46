/** Small baseline tickets that are true, for the tests of their kind. */
import type { BaselineName } from '../src/constructions/baselines/baseline.js';
import { baselineNamed } from '../src/constructions/baselines/index.js';
import { type BaselineFound, findBaselineTicket } from '../src/pipeline/find-baseline.js';
import type { Domain, Network } from '../src/target/network.js';
import { randomNetwork } from './networks.js';

/** One input of each sign: signed, non-negative, non-positive. */
export const MIXED_BOX: Domain = {
  kind: 'box',
  lower: Float64Array.of(-1, 0, -2),
  upper: Float64Array.of(1.5, 1, 0),
};

export function smallNetwork(seed: number, biases = true): Network {
  return randomNetwork({ dimensions: [3, 3, 2], seed, bits: 4, places: 4, biases });
}

/** A coarse promise suffices for the systems whose width grows with 1/epsilon. */
const EPSILONS: Readonly<Record<BaselineName, number>> = {
  malach: 8,
  orseau: 0.05,
  pensia: 0.05,
  diffenderfer: 0.2,
};

export function foundBaseline(
  name: BaselineName,
  network: Network,
  domain: Domain = MIXED_BOX,
  epsilon = EPSILONS[name],
): BaselineFound {
  const outcome = findBaselineTicket(network, {
    system: baselineNamed(name),
    epsilon,
    domain,
    delta: 0.01,
    model: { name: 'small.onnx', sha256: 'ab'.repeat(32) },
  });
  if (outcome.outcome !== 'found') throw new Error(`${name}: ${outcome.reason}`);
  return outcome;
}
