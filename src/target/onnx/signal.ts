/**
 * The values of an ONNX graph that depend on the input. Each is an exact affine map of rectified neurons
 * of one layer (or of the inputs, layer 0). Where values of different layers meet, the earlier ones are
 * carried through: `s = relu(s) - relu(-s)`, and what is rectified already as it is.
 */
import { InputError } from '../../core/errors.js';
import {
  type AffineMap,
  composeMaps,
  constantMap,
  embedInputs,
  identityMap,
  isSelection,
  scaleRows,
  selectRows,
  stackMaps,
} from '../affine.js';
import { type ExactArray, exactArray } from '../exact-array.js';

/** Neurons of one layer that one operator made, or the inputs: `relu(map(basis))`. */
export interface Group {
  /** 0 for the inputs. */
  readonly layer: number;
  readonly width: number;
  readonly map: AffineMap;
  /** The groups of the layer before whose neurons, one after another, are the inputs of `map`. */
  readonly basis: readonly Group[];
}

export interface Signal {
  readonly kind: 'signal';
  readonly dims: readonly number[];
  readonly layer: number;
  readonly basis: readonly Group[];
  /** Of the neurons of `basis`, one group after another. */
  readonly map: AffineMap;
  /** Place of the Softmax or Sigmoid that was left out: only rearrangements may follow it. */
  readonly cutAt?: string;
}

/** Told before entries are made: how many, and how many float operations that takes. */
export type Charge = (operations: number, entries: number) => void;

export function inputSignal(dims: readonly number[]): Signal {
  const width = dims.reduce((product, dim) => product * dim, 1);
  const inputs: Group = { layer: 0, width, map: identityMap(width), basis: [] };
  return { kind: 'signal', dims, layer: 0, basis: [inputs], map: identityMap(width) };
}

export function withMap(signal: Signal, map: AffineMap, dims: readonly number[]): Signal {
  return { ...signal, map, dims };
}

/** A value that is the same for all inputs, as a signal beside `signal`. */
export function constantSignal(
  signal: Signal,
  value: ExactArray,
  dims: readonly number[],
  change = 0,
): Signal {
  return withMap(signal, constantMap(signal.map.inputs, value, change), dims);
}

/** Whether the signal takes values of a rectified layer as they are. */
export function isRectified({ layer, map }: Signal): boolean {
  return layer > 0 && isSelection(map);
}

/**
 * New neurons in the next layer: `relu(map(basis))`. The layer will have all entries of its matrix, which is
 * charged here, so that a deep graph of small steps is refused before it is walked.
 */
function newGroup(basis: readonly Group[], layer: number, map: AffineMap, charge: Charge): Group {
  const made = map.linear.kind === 'dense' ? 0 : map.inputs * map.outputs;
  charge(made, made);
  return { layer: layer + 1, width: map.outputs, map, basis };
}

export function rectify(signal: Signal, charge: Charge): Signal {
  // Relu of what is rectified changes nothing.
  if (isRectified(signal)) return signal;
  const group = newGroup(signal.basis, signal.layer, signal.map, charge);
  return {
    kind: 'signal',
    dims: signal.dims,
    layer: group.layer,
    basis: [group],
    map: identityMap(group.width),
  };
}

/** The rows of `map` (of the signal's neurons) rectified in one group, then `after` them. */
export function rectifyRows(
  signal: Signal,
  map: AffineMap,
  after: AffineMap,
  charge: Charge,
): Signal {
  const group = newGroup(signal.basis, signal.layer, map, charge);
  return { kind: 'signal', dims: signal.dims, layer: group.layer, basis: [group], map: after };
}

export function negateMap(map: AffineMap): AffineMap {
  return scaleRows(map, exactArray(new Float64Array(map.outputs).fill(-1)));
}

/** `x -> x[0..n) - x[n..2n)`. */
export function differenceOfHalves(width: number): AffineMap {
  const starts = Int32Array.from({ length: width + 1 }, (_, row) => 2 * row);
  const columns = Int32Array.from({ length: 2 * width }, (_, k) => (k >> 1) + (k & 1) * width);
  const entries = exactArray(Float64Array.from(columns, (_, k) => (k & 1 ? -1 : 1)));
  return {
    inputs: 2 * width,
    outputs: width,
    linear: { kind: 'sparse', starts, columns, entries },
  };
}

/** The copy of a group in the next layer, made once; inputs as both of their halves. */
const carriedGroups = new WeakMap<Group, Group>();

function carryGroup(group: Group, charge: Charge): Group {
  const known = carriedGroups.get(group);
  if (known !== undefined) return known;
  const same = identityMap(group.width);
  charge(40 * group.width, 4 * group.width);
  const map = group.layer > 0 ? same : stackMaps([same, negateMap(same)]);
  const carried = newGroup([group], group.layer, map, charge);
  carriedGroups.set(group, carried);
  return carried;
}

/** What carrying takes besides its entries. */
const CARRY_OPERATIONS = 2000;

/** The same value as a map of the next layer's neurons, with as few new ones as may be. */
function carry(signal: Signal, charge: Charge): Signal {
  const { layer, basis, map } = signal;
  charge(CARRY_OPERATIONS + 10 * storedSize(map) + 100 * basis.length, 0);
  const halves = layer === 0 ? 2 : 1;
  const ofBasis = basis.reduce(
    (sum, group) => sum + (carriedGroups.has(group) ? 0 : halves * group.width),
    0,
  );
  const ofRows = isRectified(signal) ? map.outputs : 2 * map.outputs;
  if (ofRows < ofBasis) {
    if (isRectified(signal)) return rectifyRows(signal, map, identityMap(map.outputs), charge);
    charge(40 * storedSize(map), 2 * storedSize(map));
    const rows = stackMaps([map, negateMap(map)]);
    return rectifyRows(signal, rows, differenceOfHalves(map.outputs), charge);
  }
  const carried = basis.map((group) => carryGroup(group, charge));
  if (layer > 0) return { ...signal, layer: layer + 1, basis: carried };
  // Input j of each group is the difference of its halves.
  charge(100 * storedSize(map), 4 * storedSize(map));
  const differences = basis.map(({ width }) => differenceOfHalves(width));
  return { ...signal, layer: 1, basis: carried, map: composeMaps(map, blockDiagonal(differences)) };
}

/** Entries that a map holds. */
export function storedSize({ linear, outputs, bias }: AffineMap): number {
  const entries = linear.kind === 'dense' ? linear.matrix.values.length : 0;
  const sparse = linear.kind === 'sparse' ? linear.columns.length : 0;
  return entries + sparse + outputs + (bias === undefined ? 0 : outputs);
}

function blockDiagonal(maps: readonly AffineMap[]): AffineMap {
  const inputs = maps.reduce((sum, map) => sum + map.inputs, 0);
  let at = 0;
  const moved = maps.map((map) => {
    const from = at;
    at += map.inputs;
    return embedInputs(
      map,
      inputs,
      Int32Array.from({ length: map.inputs }, (_, j) => from + j),
    );
  });
  return stackMaps(moved);
}

/** The same values as maps of the same neurons, in one layer. */
export function aligned(signals: readonly Signal[], charge: Charge): Signal[] {
  const layer = Math.max(...signals.map((signal) => signal.layer));
  const raised = signals.map((signal) => {
    let value = signal;
    while (value.layer < layer) value = carry(value, charge);
    return value;
  });
  const basis = [...new Set(raised.flatMap((signal) => signal.basis))];
  return raised.map((signal) => {
    if (basis.length === 1) return signal;
    charge(CARRY_OPERATIONS + 20 * signal.map.inputs + 200 * basis.length, 0);
    charge(20 * storedSize(signal.map), 2 * storedSize(signal.map));
    return { ...signal, basis, map: mapOnto(signal.map, signal.basis, basis) };
  });
}

/** A map of the neurons of `from` as one of those of `onto`, which holds all of them. */
export function mapOnto(map: AffineMap, from: readonly Group[], onto: readonly Group[]): AffineMap {
  const starts = new Map<Group, number>();
  let width = 0;
  for (const group of onto) {
    starts.set(group, width);
    width += group.width;
  }
  const columns = new Int32Array(map.inputs);
  let at = 0;
  for (const group of from) {
    const start = starts.get(group);
    if (start === undefined) throw new RangeError('the neurons of a map are missing');
    for (let j = 0; j < group.width; j++) columns[at++] = start + j;
  }
  return embedInputs(map, width, columns);
}

/** Entry k of the result is entry `gather[k]`. */
export function gatherSignal(signal: Signal, gather: Int32Array, dims: readonly number[]): Signal {
  return withMap(signal, selectRows(signal.map, gather), dims);
}

/** Refuses what comes after a Softmax or Sigmoid. */
export function refuseAfterCut(signal: Pick<Signal, 'cutAt'>, place: string): void {
  if (signal.cutAt === undefined) return;
  throw new InputError({
    place: signal.cutAt,
    problem: `its output goes into ${place}; it can be left out only at the very end`,
    remedy: 'use Relu between the layers',
  });
}
