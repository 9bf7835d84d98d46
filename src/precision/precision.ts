/** The ways from target to integer network behind one record, as a ticket stores it. */
import type { Domain, Network } from '../target/network.js';
import { type IntegerNetwork, isBig } from './integer-network.js';
import { paperDigits, quantizePaper } from './paper.js';
import { quantizeLossless, quantizeToBits } from './quantize.js';

/** What a user asks for. */
export type PrecisionRequest =
  | { readonly mode: 'lossless' }
  | { readonly mode: 'bits'; readonly bits: number }
  | { readonly mode: 'paper'; readonly epsilon: number };

/** What a ticket records: enough to make the integer network from the model again. */
export type PrecisionRecord =
  | { readonly mode: 'lossless' }
  | { readonly mode: 'bits'; readonly bits: number }
  | { readonly mode: 'paper'; readonly epsilon: number; readonly digits: number };

/** The record of a request; the paper's digits follow from epsilon and the network's size. */
export function precisionRecord(network: Network, request: PrecisionRequest): PrecisionRecord {
  if (request.mode !== 'paper') return request;
  return { ...request, digits: paperDigits(network, request.epsilon) };
}

/**
 * The integer network of a model under a record. Throws an `InputError` where the paper's precision
 * is asked for and a hypothesis of Lemma 2 does not hold.
 */
export function applyPrecision(
  network: Network,
  record: PrecisionRecord,
  domain: Domain,
): IntegerNetwork {
  switch (record.mode) {
    case 'lossless':
      return quantizeLossless(network);
    case 'bits':
      return quantizeToBits(network, record.bits);
    case 'paper':
      return quantizePaper(network, record.epsilon, domain);
  }
}

/** The largest error that the record promises on its domain; null where there is no promise. */
export function promisedError(record: PrecisionRecord): number | null {
  if (record.mode === 'lossless') return 0;
  return record.mode === 'paper' ? record.epsilon : null;
}

/** Where two integer networks differ first (layer from 1, row from 0), or null if they are equal. */
export function firstDifference(
  a: IntegerNetwork,
  b: IntegerNetwork,
): { layer: number; row: number; what: string } | null {
  if (a.matrices.length !== b.matrices.length) {
    return { layer: 0, row: 0, what: `${a.matrices.length} layers against ${b.matrices.length}` };
  }
  if (a.constant !== b.constant) return { layer: 1, row: 0, what: 'a constant input in only one' };
  if (a.activation !== b.activation) {
    return { layer: a.matrices.length, row: 0, what: `${a.activation} against ${b.activation}` };
  }
  for (const [index, left] of a.matrices.entries()) {
    const layer = index + 1;
    const right = b.matrices[index];
    if (left.rows !== right.rows || left.columns !== right.columns) {
      return {
        layer,
        row: 0,
        what: `${left.rows}x${left.columns} against ${right.rows}x${right.columns}`,
      };
    }
    const [leftPlaces, rightPlaces] = [a.fractionalPlaces[index], b.fractionalPlaces[index]];
    if (leftPlaces !== rightPlaces) {
      return { layer, row: 0, what: `${leftPlaces} fractional places against ${rightPlaces}` };
    }
    const mixed = isBig(left.values) !== isBig(right.values);
    for (let entry = 0; entry < left.rows * left.columns; entry++) {
      const [x, y] = [left.values[entry], right.values[entry]];
      if (mixed ? BigInt(x) !== BigInt(y) : x !== y) {
        return { layer, row: Math.floor(entry / left.columns), what: `${x} against ${y}` };
      }
    }
  }
  if (a.scale.base !== b.scale.base || a.scale.exponent !== b.scale.exponent) {
    return { layer: a.matrices.length, row: 0, what: 'the scale of the output differs' };
  }
  return null;
}
