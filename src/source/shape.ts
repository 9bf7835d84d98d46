/**
 * The shape of a source network: how many neurons each layer has and which layers end a block, i.e.
 * hold the outputs of a target layer. Whoever calculates with it asks the functions here.
 */
import { checkList, checkObject } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';

export const MAXIMUM_WIDTH = 2 ** 32 - 1;

/** Widths and what they mean: which layers end a block, i.e. hold the outputs of a target layer. */
export interface SourceShape {
  /** `N_0 .. N_L`; `N_0` counts the inputs, the constant among them. Each below 2^32. */
  readonly widths: readonly number[];
  /** Ascending layer numbers (from 1), one per target layer; the last is `L`. */
  readonly blockEnds: readonly number[];
}

/** The shape of fully connected layers `N_0 .. N_L`, each reading the one before; by default one block. */
export function layeredShape(
  widths: readonly number[],
  blockEnds: readonly number[] = [widths.length - 1],
): SourceShape {
  return { widths, blockEnds };
}

/** Number of layers, `L`. */
export function depthOf(shape: SourceShape): number {
  return shape.widths.length - 1;
}

/** Neurons of layer t; of the inputs for t = 0. */
export function widthOf(shape: SourceShape, t: number): number {
  return shape.widths[t] as number;
}

/** `N_0 .. N_L`. */
export function widthsOf(shape: SourceShape): readonly number[] {
  return shape.widths;
}

/** Ascending layer numbers (from 1), one per target layer. */
export function blockEndsOf(shape: SourceShape): readonly number[] {
  return shape.blockEnds;
}

/** Number of columns of layer t's mask, from 1. */
export function columnsOf(shape: SourceShape, t: number): number {
  return widthOf(shape, t - 1);
}

/** A layer's mask is `outputs` by `inputs`: rows by columns. */
export interface MaskSize {
  readonly inputs: number;
  readonly outputs: number;
}

/** The sizes of all masks, layer 1 first. */
export function maskSizes(shape: SourceShape): MaskSize[] {
  return Array.from({ length: depthOf(shape) }, (_, index) => ({
    inputs: columnsOf(shape, index + 1),
    outputs: widthOf(shape, index + 1),
  }));
}

/** Whether two shapes are of the same source. */
export function sameShape(first: SourceShape, second: SourceShape): boolean {
  return first === second || String(first.widths) === String(second.widths);
}

/** Number of source weights, a layer's width times its columns, summed; beyond 2^53 as a rule. */
export function sourceWeights(shape: SourceShape): bigint {
  checkObject('shape', shape);
  checkList('shape.widths', shape.widths);
  return maskSizes(shape).reduce(
    (total, { inputs, outputs }) => total + BigInt(inputs) * BigInt(outputs),
    0n,
  );
}

/** Throws a `UsageError` unless these are the widths of a source, the blocks ending with it. */
export function checkShape(shape: SourceShape): void {
  checkObject('shape', shape);
  const { widths, blockEnds } = shape;
  const isWidth = (width: unknown): boolean =>
    Number.isInteger(width) && (width as number) >= 0 && (width as number) <= MAXIMUM_WIDTH;
  if (!Array.isArray(widths) || !widths.every(isWidth)) {
    throw new UsageError(`shape.widths: no list of whole numbers from 0 to ${MAXIMUM_WIDTH}`);
  }
  if (!Array.isArray(blockEnds)) throw new UsageError('shape.blockEnds: no list');
}
