/** Random integer networks, and plans that put them into blocks of one scheme of skip, or of horner's fours. */
import type { Construction, Plan } from '../src/constructions/construction.js';
import { horner } from '../src/constructions/horner/horner.js';
import { planQuadsSteps } from '../src/constructions/horner/quads/search.js';
import { planSkip, type SchemeName } from '../src/constructions/skip/search.js';
import { skip } from '../src/constructions/skip/skip.js';
import { complete } from '../src/core/steps.js';
import { type IntegerNetwork, integerMatrix } from '../src/integer/integer-network.js';
import { networkClassOf } from '../src/integer/network-class.js';
import { keptCount } from '../src/source/mask.js';
import type { Domain, InputSign } from '../src/target/network.js';
import type { ConstructedTicket } from '../src/ticket/ticket.js';
import { findAndProve } from './find-and-prove.js';
import { randomStream } from './networks.js';

const DELTA = 1e-4;
const KINDS: readonly InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
export const SCHEMES: readonly SchemeName[] = [
  'twin',
  'relay',
  'relay2',
  'pairs',
  'quads',
  'based',
  'gathered',
];

/** A scheme for the first blocks, and what stands for those that cannot be of it. */
export function schemesFor(
  scheme: SchemeName,
  blocks: number,
): (block: number) => readonly SchemeName[] {
  return (block) => {
    if (scheme === 'based') return block === 0 ? ['based'] : ['pairs'];
    const isRelay = scheme === 'relay' || scheme === 'relay2';
    return isRelay && block === blocks - 1 ? ['twin'] : [scheme];
  };
}

/** Integers of up to `bits[i]` bits, with rows and columns of zeros, largest entries and constants. */
export function randomIntegers(
  dimensions: readonly number[],
  bits: readonly number[],
  constant: boolean,
  seed: number,
  mostPlaces = 10,
): IntegerNetwork {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const layers = bits.length;
  const places = bits.map((_, layer) =>
    constant && layer < layers - 1 ? below(mostPlaces + 1) : 0,
  );
  const matrices = bits.map((length, layer) => {
    const outputs = dimensions[layer + 1];
    const columns = dimensions[layer] + (constant ? 1 : 0);
    const carries = constant && layer < layers - 1;
    const rows = outputs + (carries ? 1 : 0);
    const most = 2n ** BigInt(length) - BigInt(below(2));
    const zeroRow = below(3 * outputs);
    const zeroColumn = below(3 * columns);
    const entries = Array.from({ length: rows * columns }, (_, index) => {
      const row = Math.floor(index / columns);
      const column = index % columns;
      if (row === outputs) return column === columns - 1 ? 1n << BigInt(places[layer]) : 0n;
      if (row === zeroRow || column === zeroColumn || random() < 0.15) return 0n;
      if (random() < 0.2) return random() < 0.5 ? most : -most;
      let value = 0n;
      for (let bit = 0; bit < length; bit++) value = 2n * value + BigInt(below(2));
      return random() < 0.5 ? -value : value;
    });
    return integerMatrix(rows, columns, entries);
  });
  return {
    matrices,
    constant,
    fractionalPlaces: places,
    scale: { base: 2, exponent: places.reduce((sum, count) => sum + count, 0) },
    activation: 'identity',
  };
}

export function signsFor(scheme: SchemeName, inputs: number, seed: number): InputSign[] {
  const signs = Array.from({ length: inputs }, (_, input) => KINDS[(seed + input) % 3]);
  if (scheme === 'based') signs[0] = 'signed';
  return signs;
}

/** A proved ticket of these integers whose blocks are of that scheme, and where its neurons were placed. */
export function schemeTicket(
  scheme: SchemeName,
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
  domain: Domain = { kind: 'all' },
) {
  const schemes = schemesFor(scheme, target.matrices.length);
  const plan = planSkip(networkClassOf(target, inputSigns), DELTA, schemes);
  return { plan, ...foundTicket(skip, plan, target, inputSigns, domain) };
}

/** A proved ticket by horner whose chains all grow in fours. */
export function foursTicket(target: IntegerNetwork, inputSigns: readonly InputSign[]) {
  const plan = complete(planQuadsSteps(networkClassOf(target, inputSigns), DELTA));
  return foundTicket(horner, plan, target, inputSigns, { kind: 'all' });
}

/** The ticket of the first of five seeds that has the network. */
function foundTicket<P extends Plan>(
  construction: Construction<P>,
  plan: P,
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
  domain: Domain,
) {
  for (let seed = 1n; seed <= 5n; seed++) {
    const { finding, masks, proof } = findAndProve(construction, target, inputSigns, plan, seed);
    if (!finding.found) continue;
    if (proof?.equal !== true) throw new Error('the network found is another one');
    const { assignments, layout } = finding;
    const ticket: ConstructedTicket = {
      ...{ kind: 'constructed', seed, shape: plan.shape, delta: DELTA },
      construction: construction.name,
      ...{ precision: { mode: 'lossless' }, domain, inputSigns, assignments, target },
      kept: masks.map(keptCount),
      mask: (t) => masks[t - 1],
    };
    return { ticket, layout };
  }
  throw new Error('none of five seeds has the network');
}
