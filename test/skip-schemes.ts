/** Random integer networks, and plans that put them into blocks of one scheme of the construction skip. */
import { planSkip, type SchemeName } from '../src/constructions/skip/search.js';
import { skip } from '../src/constructions/skip/skip.js';
import { type IntegerNetwork, integerMatrix } from '../src/integer/integer-network.js';
import { networkClassOf } from '../src/integer/network-class.js';
import { keptCount } from '../src/source/mask.js';
import type { Domain, InputSign } from '../src/target/network.js';
import type { ConstructedTicket } from '../src/ticket/ticket.js';
import { findAndProve } from './find-and-prove.js';
import { randomStream } from './networks.js';

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
  const delta = 1e-4;
  const blocks = target.matrices.length;
  const plan = planSkip(networkClassOf(target, inputSigns), delta, schemesFor(scheme, blocks));
  for (let seed = 1n; seed <= 5n; seed++) {
    const { finding, masks, proof } = findAndProve(skip, target, inputSigns, plan, seed);
    if (!finding.found) continue;
    if (proof?.equal !== true) throw new Error('the network found is another one');
    const { assignments, layout } = finding;
    const ticket: ConstructedTicket = {
      ...{ kind: 'constructed', seed, shape: plan.shape, construction: 'skip', delta },
      ...{ precision: { mode: 'lossless' }, domain, inputSigns, assignments, target },
      kept: masks.map(keptCount),
      mask: (t) => masks[t - 1],
    };
    return { ticket, plan, layout };
  }
  throw new Error('none of five seeds has the network');
}
