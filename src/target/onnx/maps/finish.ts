/**
 * The layers of a network of feature maps, from the value that is its output: each layer that is needed, after
 * those that it reads.
 */
import { type AffineMap, embedInputs, selectRows } from '../../affine.js';
import { type ExactArray, exactBuilder } from '../../exact-array.js';
import { denseOf } from '../../linear.js';
import { type FeatureShape, type LinearMap, summands } from '../../linear-map.js';
import type { Activation, Layer } from '../../network.js';
import { layerMap } from '../layers.js';
import { chargeTo, nodeError, type OperatorCall, spend } from '../operator.js';
import { type Group, isRectified, mapOnto, type Signal } from '../signal.js';
import { asOneBlock, closeTerms } from './closing.js';
import { areaOf, type FeatureSignal, groupOf, type MapGroup } from './feature-signal.js';
import { type Numbers, numbers, roundedTo } from './numbers.js';
import { mapsOfGroup, vectorsOf } from './vectors.js';

export interface FinishedMaps {
  readonly layers: readonly Layer[];
  readonly channelsLast?: FeatureShape;
  /** Bound of the relative change of any weight or bias; 0 where none was rounded. */
  readonly change: number;
}

/** What is being made: layers, and the number of the one of each group. */
interface Making {
  readonly call: OperatorCall;
  readonly layers: Layer[];
  readonly numberOf: Map<MapGroup, number>;
  /** Of the numbers that are off anyway. */
  readonly bits: number;
  input?: MapGroup;
  change: number;
}

/**
 * All layers but the last end in a ReLU, or are the maximum of such. Weights and biases that folding has
 * rounded get numbers of `bits` bits.
 */
export function finishMaps(
  call: OperatorCall,
  output: FeatureSignal | Signal,
  bits: number,
): FinishedMaps {
  const making: Making = { call, layers: [], numberOf: new Map(), bits, change: 0 };
  for (const group of groupsBelow(output)) addGroup(making, group);
  if (output.kind === 'signal') addVectors(making, output);
  else addOutput(making, output);
  const { layers, change, input } = making;
  refuseLong(call, layers);
  const last = input?.made.by === 'input' && input.made.channelsLast;
  return { layers, change, ...(input && last && { channelsLast: input.shape }) };
}

/** The groups that a value needs, each after those that it reads itself; without recursion, as graphs are deep. */
function groupsBelow(output: FeatureSignal | Signal): MapGroup[] {
  const found = new Set<MapGroup>();
  const open: MapGroup[] = [];
  const seen = new Set<Group>();
  const visit = (group: MapGroup): void => {
    if (found.has(group)) return;
    found.add(group);
    open.push(group);
  };
  const visitVectors = ({ basis }: Signal): void => {
    const stack = [...basis];
    for (let group = stack.pop(); group !== undefined; group = stack.pop()) {
      if (seen.has(group)) continue;
      seen.add(group);
      const maps = mapsOfGroup(group);
      if (maps !== undefined) visit(maps);
      stack.push(...group.basis);
    }
  };
  if (output.kind === 'signal') visitVectors(output);
  else for (const { terms } of output.blocks) for (const { group } of terms) visit(group);
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    const { made } = group;
    if (made.by === 'vectors') visitVectors(made.signal);
    else if (made.by !== 'input') for (const read of made.reads) visit(read);
  }
  // The inputs are made of whatever reads them as maps first.
  const place = ({ made, number }: MapGroup): number => (made.by === 'input' ? -1 : number);
  return [...found].sort((left, right) => place(left) - place(right));
}

function addGroup(making: Making, group: MapGroup): void {
  const { made } = group;
  const number = making.layers.length + 1;
  switch (made.by) {
    case 'input':
      making.numberOf.set(group, 0);
      making.input = group;
      return;
    case 'vectors':
      addVectors(making, made.signal);
      making.numberOf.set(group, making.layers.length);
      return;
    case 'pooling': {
      const bias = { values: new Float64Array(0), exact: new Map() };
      add(making, { ...made.pooling, bias, activation: 'relu' }, made.reads);
      break;
    }
    case 'layer':
      add(making, rounded(making, made.map, made.changes, made.bias, 'relu'), made.reads);
  }
  making.numberOf.set(group, number);
}

function add({ layers, numberOf }: Making, layer: Layer, reads: readonly MapGroup[]): void {
  addReading(
    layers,
    layer,
    reads.map((group) => numberOf.get(group) as number),
  );
}

function addReading(layers: Layer[], layer: Layer, reads: readonly number[]): void {
  const chained = reads.length === 1 && reads[0] === layers.length;
  layers.push(chained ? layer : { ...layer, reads });
}

/** A layer whose weights, if they are off, are rounded to the bits that they are to have. */
function rounded(
  making: Making,
  map: LinearMap,
  changes: readonly number[],
  bias: Numbers,
  activation: Activation,
): Layer {
  const round = (array: ExactArray, part = 0): ExactArray =>
    settle(making, { array, change: changes[part] });
  const own = { bias: settle(making, bias), activation };
  if (map.kind === 'dense') return { ...map, matrix: round(map.matrix), ...own };
  if (map.kind === 'convolution') return { ...map, weights: round(map.weights), ...own };
  const parts = map.parts.map((part, index) => ({ ...part, weights: round(part.weights, index) }));
  return { ...map, parts, ...own };
}

function settle(making: Making, given: Numbers): ExactArray {
  const { array, change } = roundedTo(given, making.bits);
  making.change = Math.max(making.change, change);
  return array;
}

/** The last layer: a group as it is, or one more, without a ReLU. */
function addOutput(making: Making, output: FeatureSignal): void {
  const { call, layers, numberOf } = making;
  const { blocks, channelsLast, shape } = output;
  const turned = channelsLast && shape.channels > 1 && areaOf(shape) > 1;
  const [block] = blocks;
  const group = blocks.length === 1 ? groupOf(block) : undefined;
  if (
    group !== undefined &&
    !turned &&
    numberOf.get(group) === layers.length &&
    layers.length > 0
  ) {
    return;
  }
  if (turned) {
    addVectors(making, vectorsOf(call, output));
    return;
  }
  const whole = asOneBlock(call, blocks);
  const { reads, map, changes } = closeTerms(call, whole.terms);
  add(making, rounded(making, map, changes, whole.bias, 'identity'), reads);
}

/** Layers of vectors, which may read maps; all levels of the signal but those of the maps and the input. */
function addVectors(making: Making, signal: Signal): void {
  const { call, layers } = making;
  const levels: Group[][] = [];
  let groups = inOrder(signal.basis);
  for (let layer = signal.layer; layer >= 0; layer--) {
    levels[layer] = groups;
    const made = groups.filter(isOrdinary);
    groups = inOrder([...new Set(made.flatMap(({ basis }) => basis))]);
    if (groups.length === 0) break;
  }
  const top = levels[signal.layer];
  const selects = isRectified(signal) && top.every(isOrdinary);
  let below = 0;
  for (let layer = 1; layer <= signal.layer; layer++) {
    const made = (levels[layer] ?? []).filter(isOrdinary);
    if (made.length === 0) continue;
    const basis = levels[layer - 1];
    let map = fromInput(making, layerMap(made, basis, chargeTo(call)), basis);
    if (layer === signal.layer && selects && signal.map.linear.kind === 'coordinates') {
      const { order } = signal.map.linear;
      if (order !== undefined) {
        spend(call, 20 * order.length * map.inputs, order.length * map.inputs);
        map = selectRows(map, order);
      }
    }
    const reads = readsOf(making, basis, below);
    addMatrix(making, map, 'relu', reads);
    below = layers.length;
  }
  if (selects) return;
  const last = fromInput(making, mapOnto(signal.map, signal.basis, top), top);
  addMatrix(making, last, 'identity', readsOf(making, top, below));
}

function isOrdinary(group: Group): boolean {
  return group.layer > 0 && mapsOfGroup(group) === undefined;
}

/** Ordinary groups first: they are one layer, and each of the others one of its own. */
function inOrder(groups: readonly Group[]): Group[] {
  return [...groups.filter(isOrdinary), ...groups.filter((group) => !isOrdinary(group))];
}

/** The numbers of the layers that hold the neurons of `basis`; `below` is that of its ordinary groups. */
function readsOf({ numberOf }: Making, basis: readonly Group[], below: number): number[] {
  const others = basis
    .filter((group) => !isOrdinary(group))
    .map((group) =>
      group.layer === 0 ? 0 : (numberOf.get(mapsOfGroup(group) as MapGroup) as number),
    );
  return basis.some(isOrdinary) ? [below, ...others] : others;
}

/** Inputs that come channels last are taken channels first. */
function fromInput({ input }: Making, map: AffineMap, basis: readonly Group[]): AffineMap {
  const made = input?.made;
  if (input === undefined || made?.by !== 'input' || !made.channelsLast) return map;
  if (!basis.some(({ layer }) => layer === 0)) return map;
  const { channels } = input.shape;
  const area = areaOf(input.shape);
  const columns = new Int32Array(map.inputs);
  let start = 0;
  for (const { layer, width } of basis) {
    for (let j = 0; j < width; j++) {
      const to = layer === 0 ? (j % channels) * area + Math.floor(j / channels) : j;
      columns[start + j] = start + to;
    }
    start += width;
  }
  return embedInputs(map, map.inputs, columns);
}

function addMatrix(
  making: Making,
  map: AffineMap,
  activation: Activation,
  reads: readonly number[],
): void {
  const { call, layers } = making;
  spend(call, map.inputs * map.outputs, map.linear.kind === 'dense' ? 0 : map.inputs * map.outputs);
  const { inputs, outputs, bias = exactBuilder(map.outputs), rounding } = map;
  const matrix: LinearMap = { kind: 'dense', inputs, outputs, matrix: denseOf(map) };
  const { linear = 0, bias: shift = 0 } = rounding ?? {};
  addReading(layers, rounded(making, matrix, [linear], numbers(bias, shift), activation), reads);
}

/** Products that evaluating one sample may take, for each operation that reading may. */
const PRODUCTS_PER_OPERATION = 5;

/** A few bytes can name a network that nobody can evaluate. */
function refuseLong(call: OperatorCall, layers: readonly Layer[]): void {
  const products = layers.reduce((sum, layer) => sum + productsOf(layer), 0);
  const allowed = PRODUCTS_PER_OPERATION * call.budget.allowed.operations;
  if (products <= allowed) return;
  throw nodeError(
    call,
    `one sample takes ${products.toPrecision(2)} products, and ${allowed.toPrecision(2)} are allowed for a file of its size`,
    'export a model of smaller feature maps',
  );
}

function productsOf(layer: Layer): number {
  if (layer.kind === 'max-pooling') {
    return layer.outputs * layer.kernel.height * layer.kernel.width;
  }
  return summands(layer).reduce((sum, { part }) => {
    if (part.kind === 'dense') return sum + part.inputs * part.outputs;
    const { input, groups, kernel, outputs } = part;
    return sum + outputs * (input.channels / groups) * kernel.height * kernel.width;
  }, 0);
}
