/** The operators on feature maps: those that always make maps, and those that keep them where they can. */
import { type Operator, type OperatorCall, spend, type Value } from '../operator.js';
import { refuseAfterCut, type Signal } from '../signal.js';
import { MAP_ARITHMETIC, type MapOperator } from './arithmetic.js';
import { settleBlock } from './closing.js';
import { conv, pad } from './convolution.js';
import type { FeatureSignal } from './feature-signal.js';
import { CUTTING, MAP_MOVING, MEASURING, onStandIn } from './moving.js';
import { MAP_PIECEWISE } from './piecewise.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from './pooling.js';
import { mapsWithin } from './recover.js';
import { mapsOfGroup, vectorsOf } from './vectors.js';

/** Operators on positions: what they read is maps, or becomes maps. */
export const WINDOWS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['Conv', conv],
  ['Pad', pad],
  ['MaxPool', maxPool],
  ['AveragePool', averagePool],
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
  ['ReduceMean', reduceMean],
]);

const KEEPING: ReadonlyMap<string, MapOperator> = new Map([
  ...MAP_ARITHMETIC,
  ...MAP_PIECEWISE,
  ...MAP_MOVING,
]);

/** A value while a graph is read. */
export type AnyValue = Value | FeatureSignal;

/** Whether a value is maps, or vectors of their entries. */
export function isOfMaps(value: AnyValue | undefined): boolean {
  return value?.kind === 'maps' || readsMaps(value);
}

function readsMaps(value: AnyValue | undefined): boolean {
  return value?.kind === 'signal' && value.basis.some((group) => mapsOfGroup(group) !== undefined);
}

/** What a node makes of maps: maps if it can, or vectors. */
export function evaluateOnMaps(
  call: OperatorCall,
  values: readonly (AnyValue | undefined)[],
  operator: Operator,
): ReturnType<Operator> {
  const { opType } = call.placed.node;
  const keeps = KEEPING.has(opType) || WINDOWS.has(opType);
  const maps = values.map((value) => {
    if (value?.kind === 'maps') return value;
    return keeps && value?.kind === 'signal' ? asMaps(call, value) : undefined;
  });
  for (const value of maps) if (value !== undefined) spendOnBlocks(call, value);
  const vectors = values.map((value, index) =>
    value?.kind === 'maps' || maps[index] !== undefined ? undefined : value,
  );
  const onMaps = { ...call, maps, inputs: vectors as readonly (Value | undefined)[] };
  if (!MAP_MOVING.has(opType) && !MEASURING.has(opType)) {
    for (const value of maps) if (value !== undefined) refuseAfterCut(value, call.placed.place);
  }
  if (WINDOWS.has(opType)) return operator(onMaps);
  if (MEASURING.has(opType) && maps[0] !== undefined) return onStandIn(onMaps, operator);
  if (CUTTING.has(opType) && maps[0] !== undefined) {
    const { cutAt } = onStandIn(onMaps, operator) as Signal;
    return { ...maps[0], ...(cutAt !== undefined && { cutAt }) };
  }
  const kept = maps.some((value) => value !== undefined) && KEEPING.get(opType)?.(onMaps);
  if (kept) return kept;
  const flat = values.map((value) => (value?.kind === 'maps' ? vectorsOf(call, value) : value));
  return operator({ ...call, inputs: flat });
}

/** What a step over the blocks of a signal takes, without the weights of their convolutions. */
function spendOnBlocks(call: OperatorCall, { blocks }: FeatureSignal): void {
  for (const { channels, terms } of blocks) {
    spend(call, 300 * terms.length + 20 * channels, (terms.length + 2) * (channels + 20));
  }
}

/** Vectors that take channels of maps as they are, as maps again. */
function asMaps(call: OperatorCall, signal: Signal): FeatureSignal | undefined {
  const { dims } = signal;
  if (!readsMaps(signal) || dims[0] !== 1 || (dims.length !== 3 && dims.length !== 4)) {
    return undefined;
  }
  const [, channels, ...planes] = dims;
  const [height, width] = planes.length === 2 ? planes : [1, planes[0]];
  return mapsWithin(call, signal, { channels, height, width });
}

/**
 * The value that several nodes read: what is a convolution is then made by a layer, once, rather than in each of
 * those that read it.
 */
export function shared(call: OperatorCall, signal: FeatureSignal): FeatureSignal {
  const blocks = signal.blocks.map((block) => {
    const convolved = block.terms.some(({ kind }) => kind === 'product');
    return convolved ? settleBlock(call, block, signal.shape) : block;
  });
  return { ...signal, blocks };
}
