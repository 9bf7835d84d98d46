/**
 * What the kinds that hold a target network, `constructed` and `baseline`, have in common: they fill
 * the envelope alike, and hold one integer matrix for each block of the source.
 */
import type { IntegerMatrix } from '../integer/integer-network.js';
import type { PrecisionRecord } from '../precision/precision.js';
import { type SourceShape, widthsOf } from '../source/shape.js';
import type { Domain, Normalization, Reading } from '../target/network.js';
import type { TicketBase } from './kind.js';
import {
  domainOf,
  normalizationOf,
  requireTrue,
  type StoredEnvelope,
  type TicketEnvelope,
} from './metadata.js';
import type { StoredTensor, TensorParts } from './safetensors.js';
import { decodeMatrix, encodeMatrix } from './target-tensors.js';

export interface TargetTicket extends TicketBase {
  readonly shape: SourceShape;
  /** The failure probability that the plan was asked for. */
  readonly delta: number;
  readonly precision: PrecisionRecord;
  readonly domain: Domain;
  readonly normalization?: Normalization;
  /** What reading the model left out or rounded: the network is the model but for that. */
  readonly reading?: Reading;
}

/** The fields that stand in the envelope as they are. */
type EnvelopeFields = Pick<
  TargetTicket,
  'seed' | 'kept' | 'domain' | 'model' | 'normalization' | 'reading'
>;

/** The envelope of a ticket whose source weights are `weights`. */
export function targetEnvelope(
  ticket: EnvelopeFields & Pick<TargetTicket, 'kind' | 'shape'>,
  weights: string,
): TicketEnvelope {
  const { kind, seed, shape, kept, domain, model, normalization, reading } = ticket;
  return {
    kind,
    seed,
    weights,
    activation: 'relu',
    widths: widthsOf(shape),
    kept,
    domain,
    ...(model && { model }),
    ...(normalization && { normalization }),
    ...(reading && { reading }),
  };
}

/** What an envelope says of a network of `inputs` inputs. Throws an `InputError` that names the key. */
export function envelopeFields(envelope: StoredEnvelope, inputs: number): EnvelopeFields {
  const { seed, kept, model, reading } = envelope;
  const domain = domainOf(envelope, inputs);
  const normalization = normalizationOf(envelope, inputs);
  return {
    seed,
    kept,
    domain,
    ...(model && { model }),
    ...(normalization && { normalization }),
    ...(reading && { reading }),
  };
}

function nameOf(index: number): string {
  return `target.${index + 1}`;
}

export function encodeMatrices(matrices: readonly IntegerMatrix[]): TensorParts[] {
  return matrices.map((matrix, index) => encodeMatrix(nameOf(index), matrix));
}

/** The matrices of so many blocks. Throws an `InputError` that names the tensor. */
export function decodeMatrices(
  tensor: (name: string) => StoredTensor,
  blocks: number,
): IntegerMatrix[] {
  return Array.from({ length: blocks }, (_, index) => decodeMatrix(tensor(nameOf(index))));
}

/** What the matrices of a ticket must agree with. */
export interface MatrixChain {
  /** Of the first block. */
  readonly columns: number;
  /** Whether rows and columns carry a constant along. */
  readonly constant: boolean;
  /** Neurons of the layer at which each block ends. */
  readonly boundaries: readonly number[];
  /** Whether a layer between two blocks may have neurons that stand for no row. */
  readonly spareNeurons: boolean;
  /** False of feature maps, whose columns are not the rows before; default true. */
  readonly chained?: boolean;
}

/** Each matrix must take what the one before it gives. Throws an `InputError` that names the tensor. */
export function checkMatrices(matrices: readonly IntegerMatrix[], chain: MatrixChain): void {
  let { columns } = chain;
  matrices.forEach((matrix, index) => {
    const place = `tensor "${nameOf(index)}"`;
    const fitting = matrix.columns === columns || chain.chained === false;
    requireTrue(fitting, place, `${matrix.columns} columns, not ${columns}`);
    const width = chain.boundaries[index] as number;
    const last = index === matrices.length - 1;
    const fits = chain.spareNeurons && !last ? matrix.rows <= width : matrix.rows === width;
    requireTrue(fits, place, `${matrix.rows} rows for a layer of ${width} neurons`);
    const least = chain.constant && !last ? 2 : 1;
    requireTrue(matrix.rows >= least, place, 'no row besides the constant');
    columns = matrix.rows;
  });
}
