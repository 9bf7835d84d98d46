/** The ways from target to integer network behind one record, as a ticket stores it. */
import type { Domain, Network } from '../target/network.js';
import { type ChooseBitsOptions, chooseBits } from './allot-bits.js';
import type { BoundMethod, CertifiedClaim } from './certificate.js';
import { decimalRoundedUp } from './decimal-up.js';
import { type IntegerNetwork, isBig } from './integer-network.js';
import { paperDigits, quantizePaper } from './paper.js';
import { quantizeLossless, quantizeToBits } from './quantize.js';

/** What a user asks for. */
export type PrecisionRequest =
  | { readonly mode: 'lossless' }
  | { readonly mode: 'bits'; readonly bits: number }
  | { readonly mode: 'paper'; readonly epsilon: number }
  | { readonly mode: 'certified'; readonly epsilon: number };

/** A certificate as a ticket records it: a claim about the ticket's domain, to be computed again. */
export interface CertifiedPrecision extends CertifiedClaim {
  readonly mode: 'certified';
  /** The bound that decided; told to people, not relied on. */
  readonly method: BoundMethod;
}

/** What a ticket records of how its integers were made, or what they are certified to keep. */
export type PrecisionRecord =
  | { readonly mode: 'lossless' }
  | { readonly mode: 'bits'; readonly bits: number }
  | { readonly mode: 'paper'; readonly epsilon: number; readonly digits: number }
  | CertifiedPrecision;

/** The modes whose integers follow from the model and the record alone. */
export type DerivedPrecision = Exclude<PrecisionRecord, CertifiedPrecision>;

/** An integer network with its record. */
export interface ChosenPrecision {
  readonly record: PrecisionRecord;
  readonly target: IntegerNetwork;
}

/**
 * Makes the integer network that is asked for. `options` steer the choice of bits in mode `certified`.
 * Throws an `InputError` where the paper's precision is asked for and a hypothesis of Lemma 2 does not
 * hold, a `UsageError` where an error is to be certified on a domain that is not bounded.
 */
export function choosePrecision(
  network: Network,
  request: PrecisionRequest,
  domain: Domain,
  options: Pick<ChooseBitsOptions, 'cost' | 'progress'> = {},
): ChosenPrecision {
  if (request.mode === 'certified') {
    const { epsilon } = request;
    const { integerNetwork, certificate } = chooseBits(network, domain, epsilon, options);
    const { decimal: certified, outputDecimals: outputs, method } = certificate;
    return {
      record: { mode: 'certified', requested: epsilon, certified, outputs, method },
      target: integerNetwork,
    };
  }
  const record =
    request.mode === 'paper'
      ? { ...request, digits: paperDigits(network, request.epsilon) }
      : request;
  return { record, target: applyPrecision(network, record, domain) };
}

/** The integer network of a model under a record. Throws as `choosePrecision` does. */
export function applyPrecision(
  network: Network,
  record: DerivedPrecision,
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

/** The largest error that a record promises on its domain. */
export interface PromisedError {
  /** A decimal that is not below the bound. */
  readonly epsilon: string;
  /** Per output, where they are bounded one by one. */
  readonly outputs?: readonly string[];
  readonly method: BoundMethod | 'paper';
}

/** Null where a record promises nothing. */
export function promisedError(record: PrecisionRecord): PromisedError | null {
  switch (record.mode) {
    case 'lossless':
      return { epsilon: '0', method: 'lossless' };
    case 'bits':
      return null;
    case 'paper':
      return { epsilon: decimalRoundedUp(record.epsilon, 17), method: 'paper' };
    case 'certified':
      return { epsilon: record.certified, outputs: record.outputs, method: record.method };
  }
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
