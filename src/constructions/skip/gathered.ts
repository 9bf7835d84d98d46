/**
 * Gathered: for layers with many more outputs than inputs. The inputs are doubled again and again, by two
 * relays each, and the output layer reads all of the doubled ones: its digits are those edges. Several
 * copies of the last doubling stand for the top, so that both signs occur there.
 */
import { binomialShortfall, matchingFailure } from '../failure-bounds.js';
import {
  type BlockLayer,
  ceilingLog,
  type FailureTerm,
  type SkipDemand,
  splitLayerFailure,
} from './demand.js';

export interface GatheredBlock {
  readonly scheme: 'gathered';
  /** Doublings: `n`. */
  readonly levels: number;
  /** Copies of the last doubling. */
  readonly units: number;
  readonly unitWidth: number;
  readonly splitWidth: number;
  readonly relayWidth: number;
  readonly outputWidth: number;
}

/** The layer of the non-negative inputs, of the doubling after `level` levels, and of its copies. */
export function gatheredPlaces({ splitWidth, levels }: GatheredBlock): {
  readonly carriers: (level: number) => number;
  readonly units: number;
} {
  const first = splitWidth > 0 ? 1 : 0;
  return { carriers: (level) => first + 2 * level, units: first + 2 * levels + 1 };
}

export function gatheredLayers(demand: SkipDemand, block: GatheredBlock): BlockLayer[] {
  const { splitWidth, levels, relayWidth, unitWidth, outputWidth } = block;
  const { carriers, units } = gatheredPlaces(block);
  const layers: BlockLayer[] = [];
  if (splitWidth > 0) layers.push({ kind: 'split', width: splitWidth, reads: [0] });
  const read = [carriers(0)];
  for (let level = 1; level <= levels; level++) {
    const relays = carriers(level) - 1;
    layers.push({ kind: 'doubling', width: relayWidth, reads: [relays - 1] });
    layers.push({ kind: 'doubled', width: demand.parts, reads: [relays] });
    read.push(carriers(level));
  }
  layers.push({ kind: 'units', width: unitWidth, reads: [units - 1] });
  layers.push({ kind: 'outputs', width: outputWidth, reads: [...read, units] });
  return layers;
}

/** `n`: all entries, the constant's among them, are at most `2^n` in magnitude; at least 1. */
export function gatheredBits({ entries, unit }: SkipDemand): number {
  return Math.max(1, ceilingLog(entries), ceilingLog(unit));
}

/**
 * Too few outputs with both signs among the edges from the last doubling and its `units` copies, at every
 * input. The outputs of the last block are fixed.
 */
export function gatheredOutputsFailure(
  { parts, outputs, last }: SkipDemand,
  units: number,
  pool: number,
): number {
  if (last) return Math.min(1, outputs * parts * 2 ** -units);
  return binomialShortfall(pool, Math.exp(parts * Math.log1p(-(2 ** -units))), outputs);
}

export function gatheredTerms(demand: SkipDemand, block: GatheredBlock): FailureTerm[] {
  const { splitWidth, levels, relayWidth, unitWidth, outputWidth } = block;
  const { parts } = demand;
  const { carriers, units } = gatheredPlaces(block);
  const terms: FailureTerm[] = [];
  if (splitWidth > 0) {
    terms.push({ kind: 'split', layer: 1, probability: splitLayerFailure(demand, splitWidth) });
  }
  const relays = matchingFailure(parts, 2, relayWidth, 1 / 4);
  for (let level = 1; level <= levels; level++) {
    terms.push({ kind: 'matching', layer: carriers(level) - 1, probability: relays });
  }
  const copies = matchingFailure(parts, block.units, unitWidth, 1 / 2);
  terms.push({ kind: 'units', layer: units, probability: copies });
  const outputs = gatheredOutputsFailure(demand, block.units, outputWidth);
  terms.push({ kind: 'outputs', layer: units + 1, probability: outputs });
  return terms;
}
