/** The class of integer networks that a source is planned for: made from a network, and checked. */
import { checkList, checkObject } from '../core/arguments.js';
import { bitLength, dyadicFromNumber, floorDyadic } from '../core/dyadic.js';
import { MisfitError, UsageError } from '../core/errors.js';
import type { FeatureShape } from '../target/linear-map.js';
import { type InputSign, type Layer, matrixOf, type Network } from '../target/network.js';
import type { BlockGroups, IntegerMaps, MapBlock } from './block-maps.js';
import { checkIntegerNetwork } from './check-integer-network.js';
import { bigEntry, type IntegerMatrix, type IntegerNetwork, isBig } from './integer-network.js';
import { needsConstant } from './quantize.js';

/** What the integers of one layer of a class are at most, in magnitude. */
export interface LayerRange {
  /** Weights and biases. */
  readonly entries: bigint;
  /** The constant's own entry, alone in its row; 0 where the layer has no such row. */
  readonly unit: bigint;
}

/**
 * The class of integer networks a plan must serve: every network with these dimensions whose layer i
 * has weights and biases of at most `entries` in magnitude and, where the constant is carried on, the
 * row `(0, .., 0, u)` with `0 <= u <= unit`; see `layerRange`.
 */
export interface NetworkClass {
  /** `d_0 .. d_l`, without the constant. */
  readonly dimensions: readonly number[];
  /** Whether a constant input 1 is carried along (counts as one more input of every block). */
  readonly constant: boolean;
  /** Per target layer: bit length of the largest `|v|`, the constant's own entry included; at least 1. */
  readonly bits: readonly number[];
  /** Per target layer, what is known beyond the bits; without it all integers of so many bits belong. */
  readonly ranges?: readonly LayerRange[];
  /** Per input coordinate, length `d_0`; of feature maps per channel. */
  readonly inputSigns: readonly InputSign[];
  /** Of feature maps, whose `dimensions` are channels: how each block reads them, and the rows known of it. */
  readonly maps?: ClassMaps;
}

export type { BlockGroups };

/** An entry of a row that all networks of a class share. */
export interface KnownEntry {
  readonly column: number;
  readonly value: bigint;
}

export interface ClassBlock extends MapBlock {
  /** The last rows before the constant's: those handed on, or all of a block of another form. */
  readonly known: readonly (readonly KnownEntry[])[];
  /** Columns of its matrix, without the constant's. */
  readonly columns: number;
}

export interface ClassMaps {
  readonly input: FeatureShape;
  readonly blocks: readonly ClassBlock[];
}

/** Columns of the matrix of block `index` (from 0) of the class, the constant's among them. */
export function columnsOfBlock(
  { dimensions, constant, maps }: NetworkClass,
  index: number,
): number {
  const columns = maps === undefined ? dimensions[index] : maps.blocks[index].columns;
  return columns + (constant ? 1 : 0);
}

/** Rows of block `index` that may hold any integers of its range: all but the constant's without maps. */
export function freeRowsOf({ dimensions, maps }: NetworkClass, index: number): number {
  const known = maps === undefined ? 0 : maps.blocks[index].known.length;
  return dimensions[index + 1] - known;
}

/** What the integers of layer `index` of the class are at most. */
export function layerRange({ bits, constant, ranges }: NetworkClass, index: number): LayerRange {
  if (ranges !== undefined) return ranges[index];
  const largest = (1n << BigInt(bits[index])) - 1n;
  return { entries: largest, unit: constant && index < bits.length - 1 ? largest : 0n };
}

function largerOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The bit length that goes with a range. */
export function rangeBits({ entries, unit }: LayerRange): number {
  return Math.max(1, bitLength(largerOf(entries, unit)));
}

/**
 * A class is told no more of a network's integers than the power of two that they keep to: the least
 * `2^n` or `2^n - 1` that is not below `largest`.
 */
function roundedRange(largest: bigint): bigint {
  const length = bitLength(largest);
  const power = 1n << BigInt(Math.max(0, length - 1));
  return largest <= power ? power : 2n * power - 1n;
}

/** Largest magnitude among the entries `from .. to - 1`. */
function largestMagnitude({ values }: IntegerMatrix, from: number, to: number): bigint {
  if (isBig(values)) {
    let most = 0n;
    for (let index = from; index < to; index++) {
      const value = values[index];
      most = largerOf(most, value < 0n ? -value : value);
    }
    return most;
  }
  let most = 0;
  for (let index = from; index < to; index++) most = Math.max(most, Math.abs(values[index]));
  return BigInt(most);
}

/** Range of a layer's integers; `carries` says that the last row is the constant's. */
function rangeOf(matrix: IntegerMatrix, carries: boolean): LayerRange {
  const size = matrix.rows * matrix.columns;
  if (!carries) return { entries: roundedRange(largestMagnitude(matrix, 0, size)), unit: 0n };
  const own = size - matrix.columns;
  const unit = bigEntry(matrix, size - 1);
  if (unit < 0n || largestMagnitude(matrix, own, size - 1) !== 0n) {
    throw new MisfitError("not an integer network: a constant's row holds more than the constant");
  }
  return { entries: roundedRange(largestMagnitude(matrix, 0, own)), unit };
}

/** Bit length of the largest entry's magnitude; 1 for a matrix of zeros. */
export function matrixBits({ values }: IntegerMatrix): number {
  if (isBig(values)) {
    return values.reduce((most, value) => Math.max(most, bitLength(value)), 1);
  }
  let largest = 1;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return bitLength(BigInt(largest));
}

/** Throws a typed error unless this is an integer network, and the signs are those of its inputs. */
export function checkMember(network: IntegerNetwork, inputSigns: readonly InputSign[]): void {
  checkIntegerNetwork(network);
  const inputs =
    network.maps?.input.channels ?? network.matrices[0].columns - (network.constant ? 1 : 0);
  if (inputSigns?.length === inputs) return;
  throw new UsageError(`input signs: they are not one for each of ${inputs} inputs`);
}

/**
 * The smallest class that holds this network, over a domain with these input signs. Throws a
 * `MisfitError` where the constant's row is no such row.
 */
export function networkClassOf(
  network: IntegerNetwork,
  inputSigns: readonly InputSign[],
): NetworkClass {
  checkMember(network, inputSigns);
  const { matrices, constant, maps } = network;
  if (maps !== undefined) return mapsClass({ ...network, maps }, inputSigns);
  const carried = constant ? 1 : 0;
  const dimensions = [
    ...matrices.map(({ columns }) => columns - carried),
    (matrices.at(-1) as IntegerMatrix).rows,
  ];
  const ranges = matrices.map((matrix, index) =>
    rangeOf(matrix, constant && index < matrices.length - 1),
  );
  return { dimensions, constant, bits: ranges.map(rangeBits), ranges, inputSigns };
}

/** The class of a network of feature maps. */
function mapsClass(
  { matrices, constant, maps }: IntegerNetwork & { readonly maps: IntegerMaps },
  inputSigns: readonly InputSign[],
): NetworkClass {
  const last = matrices.length - 1;
  const carried = (index: number): number => (constant && index < last ? 1 : 0);
  const dimensions = [
    maps.input.channels,
    ...matrices.map(({ rows }, index) => rows - carried(index)),
  ];
  const blocks = maps.blocks.map((block, index): ClassBlock => {
    const matrix = matrices[index];
    const outputs = matrix.rows - carried(index);
    const known = block.form.kind === 'free' ? block.form.passed : outputs;
    const columns = matrix.columns - (constant ? 1 : 0);
    return {
      ...block,
      columns,
      known: Array.from({ length: known }, (_, row) => knownRow(matrix, outputs - known + row)),
    };
  });
  const ranges = matrices.map((matrix, index): LayerRange => {
    const free = matrix.rows - carried(index) - blocks[index].known.length;
    const unit = carried(index) === 1 ? bigEntry(matrix, matrix.rows * matrix.columns - 1) : 0n;
    return { entries: roundedRange(largestMagnitude(matrix, 0, free * matrix.columns)), unit };
  });
  return {
    ...{ dimensions, constant, bits: ranges.map(rangeBits), ranges, inputSigns },
    maps: { input: maps.input, blocks },
  };
}

function knownRow(matrix: IntegerMatrix, row: number): KnownEntry[] {
  const entries: KnownEntry[] = [];
  for (let column = 0; column < matrix.columns; column++) {
    const value = bigEntry(matrix, row * matrix.columns + column);
    if (value !== 0n) entries.push({ column, value });
  }
  return entries;
}

/** A text that is the same of equal maps alone, in whatever order their keys stand. */
export function mapsText(maps: ClassMaps | undefined): string {
  const inOrder = (_: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return `${value}`;
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRecord ? Object.fromEntries(Object.entries(value).sort()) : value;
  };
  return JSON.stringify(maps, inOrder) ?? '';
}

/** The classes of a network rounded to `places[i]` binary places in layer i, for many such places. */
export function classesAtPlaces(
  network: Network,
  inputSigns: readonly InputSign[],
): (places: readonly number[]) => NetworkClass {
  const { layers } = network;
  const last = layers.length - 1;
  const constant = needsConstant(network);
  const dimensions = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  const largest = layers.map((layer) => dyadicFromNumber(largestOf(layer)));
  return (places) => {
    const ranges = largest.map(({ mantissa, exponent }, index): LayerRange => {
      // No rounding exceeds the largest magnitude's own, at most its ceiling.
      const ceiling = -floorDyadic({ mantissa: -mantissa, exponent: exponent + places[index] });
      const unit = constant && index < last ? 1n << BigInt(places[index]) : 0n;
      return { entries: roundedRange(ceiling), unit };
    });
    return { dimensions, constant, bits: ranges.map(rangeBits), ranges, inputSigns };
  };
}

function largestOf(layer: Layer): number {
  let largest = 0;
  for (const { values } of [matrixOf(layer), layer.bias]) {
    for (let index = 0; index < values.length; index++) {
      largest = Math.max(largest, Math.abs(values[index]));
    }
  }
  // Exact entries beyond the range of float64 stand there as infinities.
  return Math.min(largest, Number.MAX_VALUE);
}

/** Bits of the integer part of the largest magnitude. */
export function integerBits(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  let bits = 0;
  while (bits < 1024 && 2 ** bits <= largest) bits++;
  return bits;
}

/** Throws a `UsageError` unless the class's parts agree with each other. */
export function checkNetworkClass(networkClass: NetworkClass): void {
  checkObject('class', networkClass);
  const { dimensions, bits, ranges, inputSigns, constant } = networkClass;
  checkList('class.dimensions', dimensions);
  checkList('class.bits', bits);
  checkList('class.inputSigns', inputSigns);
  const last = bits.length - 1;
  if (
    dimensions.length < 2 ||
    !dimensions.every((width) => Number.isInteger(width) && width > 0) ||
    bits.length !== dimensions.length - 1 ||
    !bits.every((length) => Number.isInteger(length) && length > 0) ||
    inputSigns.length !== dimensions[0] ||
    (ranges !== undefined &&
      (ranges.length !== bits.length ||
        !ranges.every(
          (range, index) =>
            range.entries > 0n &&
            range.unit >= 0n &&
            (range.unit === 0n || (constant && index < last)) &&
            rangeBits(range) === bits[index],
        )))
  ) {
    throw new UsageError('not a network class: dimensions, bits, ranges and input signs disagree');
  }
}

/** The least range that holds both. */
export function widerRange(a: LayerRange, b: LayerRange): LayerRange {
  return { entries: largerOf(a.entries, b.entries), unit: largerOf(a.unit, b.unit) };
}

/** Whether integers of the one range are all within the other. */
export function withinRange(inner: LayerRange, outer: LayerRange): boolean {
  return inner.entries <= outer.entries && inner.unit <= outer.unit;
}

/** Throws a `MisfitError` unless the network belongs to the class. */
export function checkInClass(network: IntegerNetwork, networkClass: NetworkClass): void {
  checkNetworkClass(networkClass);
  const own = networkClassOf(network, networkClass.inputSigns);
  const fits =
    own.constant === networkClass.constant &&
    own.dimensions.length === networkClass.dimensions.length &&
    own.dimensions.every((width, index) => width === networkClass.dimensions[index]) &&
    mapsText(own.maps) === mapsText(networkClass.maps) &&
    own.bits.every((_, index) =>
      withinRange(layerRange(own, index), layerRange(networkClass, index)),
    );
  if (!fits) throw new MisfitError('the integer network is not in the class that was planned for');
}
