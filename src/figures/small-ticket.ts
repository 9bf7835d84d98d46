/** Small real tickets for pictures: found by diamond in a random source and proved before they are drawn. */
import { diamond } from '../constructions/diamond/diamond.js';
import { diamondPlanOf } from '../constructions/diamond/plan.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { type NetworkClass, networkClassOf } from '../integer/network-class.js';
import { propagate } from '../proof/propagate.js';
import type { LayerMask } from '../source/mask.js';
import { pruneSource } from '../source/pruned-network.js';
import { createSource, type Source } from '../source/source.js';
import type { InputSign } from '../target/network.js';

export interface SmallTicket {
  readonly source: Source;
  /** `masks[t-1]` is layer t's. */
  readonly masks: readonly LayerMask[];
  readonly target: IntegerNetwork;
  readonly inputSigns: readonly InputSign[];
  /** Candidate pairs per gadget and hidden layer. */
  readonly candidates: number;
}

export interface SmallTicketOptions {
  readonly inputSigns: readonly InputSign[];
  /** Candidate pairs per gadget and hidden layer: how large the source is. */
  readonly candidates: number;
  /** Seeds that are tried; the one that leaves the fewest neurons is drawn, the first among equals. */
  readonly seeds: number;
  /** Bits of the class per layer, where they are more than the network's own. */
  readonly bits?: readonly number[];
}

/** An integer network without biases or scale from rows of integers. */
export function integerNetwork(
  matrices: readonly (readonly (readonly number[])[])[],
): IntegerNetwork {
  return {
    matrices: matrices.map((rows) => ({
      rows: rows.length,
      columns: rows[0].length,
      values: Float64Array.from(rows.flat()),
    })),
    constant: false,
    fractionalPlaces: matrices.map(() => 0),
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
}

function liveNeurons(source: Source, masks: readonly LayerMask[]): number {
  const layers = pruneSource(source, (t) => masks[t - 1]);
  return layers.reduce((sum, { neurons }) => sum + neurons.length, 0);
}

/** Finds the network and proves it. Throws an Error if no seed holds it. */
export function findSmallTicket(
  target: IntegerNetwork,
  { inputSigns, candidates, seeds, bits }: SmallTicketOptions,
): SmallTicket {
  const own = networkClassOf(target, inputSigns);
  const { dimensions, constant } = own;
  const networkClass: NetworkClass =
    bits === undefined ? own : { dimensions, constant, bits, inputSigns };
  const plan = diamondPlanOf(networkClass, candidates);
  let best: SmallTicket | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (let seed = 1; seed <= seeds; seed++) {
    const source = createSource(BigInt(seed), plan.shape);
    const masks: LayerMask[] = [];
    const finding = diamond.find(target, source, plan, (_, mask) => masks.push(mask));
    if (!finding.found) continue;
    const neurons = liveNeurons(source, masks);
    if (neurons >= fewest) continue;
    const { assignments } = finding;
    const mask = (t: number): LayerMask => masks[t - 1];
    const proof = propagate({ source, mask, target, inputSigns, assignments });
    if (!proof.equal) throw new Error(`seed ${seed}: ${proof.failure.reason}`);
    best = { source, masks, target, inputSigns, candidates };
    fewest = neurons;
  }
  if (best === null) throw new Error(`none of ${seeds} seeds holds the network`);
  return best;
}
