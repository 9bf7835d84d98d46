/**
 * How the systems of one comparison share what it may take. What each would take is known from its plan;
 * the cheapest are built first, and what is left over is for those that must try again with smaller
 * tolerances. So the whole comparison keeps one limit, whichever systems are in it.
 */
import { attackWork } from '../attack/attack.js';
import { baselineNamed } from '../constructions/baselines/index.js';
import { networkClassOf } from '../integer/network-class.js';
import { signsOf } from '../integer/source-signs.js';
import type { ChosenBits } from '../precision/allot-bits.js';
import type { Network } from '../target/network.js';
import { expectedSteps } from './baseline-work.js';
import { type CompareOptions, isSignSystem, type SystemName, signConstruction } from './compare.js';

/** Steps of finding, proving and attacking a system, by its plan; 0 where it is not built anyway. */
export function stepsOfSystem(
  system: SystemName,
  network: Network,
  chosen: ChosenBits,
  { domain, delta, limits }: Pick<CompareOptions, 'domain' | 'delta' | 'limits'>,
): number {
  if (!isSignSystem(system)) {
    const asked = { system: baselineNamed(system), domain, delta, limits, chosen };
    const building = expectedSteps(network, asked);
    return building === 0 ? 0 : building + attackWork(network);
  }
  const construction = signConstruction(system, network);
  const { integerNetwork } = chosen;
  const signs = signsOf(network, domain);
  const plan = construction.plan(networkClassOf(integerNetwork, signs), delta);
  return construction.work(integerNetwork, plan) + attackWork(network);
}

/**
 * Steps that each system may take, in the order of `needed`, of `most` for all: what it needs, and as
 * many times that as there is room for, since another try takes about as much; of a system that does
 * not fit, only what those before it leave.
 */
export function shareSteps(needed: readonly number[], most: number): number[] {
  const allowed = new Array<number>(needed.length).fill(0);
  const order = needed.map((_, index) => index).sort((a, b) => needed[a] - needed[b] || a - b);
  const fitting: number[] = [];
  let taken = 0;
  for (const index of order) {
    if (taken + needed[index] > most) {
      allowed[index] = most - taken;
      continue;
    }
    taken += needed[index];
    fitting.push(index);
  }
  for (const index of fitting) {
    allowed[index] = needed[index] === 0 ? 0 : needed[index] * (most / taken);
  }
  return allowed;
}
