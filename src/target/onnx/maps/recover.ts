/**
 * Feature maps out of vectors: where every channel takes channels of layers, or of the network's inputs, as they
 * are. So operators that only move entries (Transpose, Slice, Split, Gather, Reshape and the shuffling of channels)
 * need not know of maps. Other vectors become maps as the neurons of a layer, both halves of each entry.
 */
import { type AffineMap, identityMap, isSelection, selectRows, stackMaps } from '../../affine.js';
import { type ExactArray, exactBuilder, gatherExact } from '../../exact-array.js';
import { sparseOf } from '../../linear.js';
import type { FeatureShape } from '../../linear-map.js';
import { chargeTo, nodeError, type OperatorCall, spend, spendOnMap } from '../operator.js';
import { type Group, isRectified, negateMap, rectifyRows, type Signal } from '../signal.js';
import { asOneBlock, layerOf, newGroup, turnsOf } from './closing.js';
import {
  areaOf,
  type Block,
  type FeatureSignal,
  type MapGroup,
  type Pass,
  passOf,
} from './feature-signal.js';
import { numbers, repeated } from './numbers.js';
import { keepGroup, mapsOfGroup } from './vectors.js';

export function mapsOfVectors(
  call: OperatorCall,
  signal: Signal,
  shape: FeatureShape,
): FeatureSignal {
  const { map } = signal;
  spend(call, 100 * map.outputs, 4 * map.outputs);
  const blocks = recovered(call, signal, shape);
  if (blocks === undefined) refuseInputs(call, signal);
  return asMaps(signal, shape, blocks ?? [asLayer(call, signal, shape)]);
}

/** The same where no layer has to be made for it; undefined where one has. */
export function mapsWithin(
  call: OperatorCall,
  signal: Signal,
  shape: FeatureShape,
): FeatureSignal | undefined {
  const { map } = signal;
  spend(call, 100 * map.outputs, 4 * map.outputs);
  const blocks = recovered(call, signal, shape);
  return blocks && asMaps(signal, shape, blocks);
}

function asMaps(
  { cutAt, dims }: Signal,
  shape: FeatureShape,
  blocks: readonly Block[],
): FeatureSignal {
  return {
    ...{ kind: 'maps', dims, channelsLast: false, shape, blocks },
    ...(cutAt !== undefined && { cutAt }),
  };
}

/** One entry of a channel's rows: a channel of a group, times a number. */
interface Source {
  readonly group: MapGroup;
  readonly channel: number;
  /** Of the entries of the map, that of the channel's first position. */
  readonly entry: number;
}

function recovered(
  call: OperatorCall,
  signal: Signal,
  shape: FeatureShape,
): readonly Block[] | undefined {
  const { map } = signal;
  if (map.linear.kind === 'dense') return undefined;
  const ofMaps = (group: Group): boolean =>
    group.layer === 0 || mapsOfGroup(group) !== undefined || isOfInputs(group);
  if (!signal.basis.every(ofMaps)) return undefined;
  const area = areaOf(shape);
  const { starts, columns, entries } = sparseOf(map);
  spend(call, 20 * columns.length, 3 * columns.length);
  const channels: Source[][] = [];
  for (let channel = 0; channel < shape.channels; channel++) {
    const sources: Source[] = [];
    const first = channel * area;
    for (let k = starts[first]; k < starts[first + 1]; k++) {
      const source = sourceOf(call, signal, columns, starts, first, k, shape);
      if (source === undefined) return undefined;
      sources.push(source);
    }
    // What depends on no input is no map of any.
    if (sources.length === 0) return undefined;
    for (let row = first; row < first + area; row++) {
      if (starts[row + 1] - starts[row] !== sources.length) return undefined;
      for (let k = starts[row]; k < starts[row + 1]; k++) {
        const like = sources[k - starts[row]].entry;
        if (!isSame(entries, k, like)) return undefined;
      }
      if (map.bias && !isSame(map.bias, row, first)) return undefined;
    }
    channels.push(sources);
  }
  return blocksOf(map, shape, channels, entries);
}

function isSame({ values, exact }: ExactArray, left: number, right: number): boolean {
  if (values[left] !== values[right]) return false;
  const [a, b] = [exact.get(left), exact.get(right)];
  return a?.mantissa === b?.mantissa && a?.exponent === b?.exponent;
}

/** Refuses inputs that are clearly meant as maps and are none; a layer of them would be a matrix. */
function refuseInputs(call: OperatorCall, { layer, map }: Signal): void {
  if (layer > 0 || map.linear.kind !== 'coordinates') return;
  throw isSelection(map)
    ? nodeError(
        call,
        "the network's inputs come to it in an order that is neither channel by channel nor position by position",
        'export the model with inputs of N x C x H x W or N x H x W x C',
      )
    : nodeError(
        call,
        'before it the inputs are scaled or shifted by numbers that differ within a channel',
        'export the model without that, and do it to the inputs; one number for each channel is read',
      );
}

/** The channel that entry k of the row `first` begins, if the rows after it go on with its other positions. */
function sourceOf(
  call: OperatorCall,
  { basis }: Signal,
  columns: Int32Array,
  starts: Int32Array,
  first: number,
  k: number,
  shape: FeatureShape,
): Source | undefined {
  let start = 0;
  let group: Group | undefined;
  for (const candidate of basis) {
    if (columns[k] < start + candidate.width) {
      group = candidate;
      break;
    }
    start += candidate.width;
  }
  if (group === undefined) return undefined;
  const area = areaOf(shape);
  const offset = columns[k] - start;
  const step = (position: number): number =>
    columns[starts[first + position] + k - starts[first]] - columns[k];
  const steps = area > 1 ? step(1) : 1;
  for (let position = 1; position < area; position++) {
    if (step(position) !== position * steps) return undefined;
  }
  const own = mapsOfGroup(group);
  const { maps, side } =
    own === undefined && isOfInputs(group)
      ? rectifiedInputs(call, group, shape, offset, steps)
      : orderOf(own ?? inputMaps(group, shape, offset, steps));
  if (maps === undefined) return undefined;
  const { channels, height, width } = maps.shape;
  if (height !== shape.height || width !== shape.width) return undefined;
  const within = offset % (area * side);
  const channel = (offset - within) / area + within;
  return steps === side && within < side && channel < channels
    ? { group: maps, channel, entry: k }
    : undefined;
}

/**
 * Maps, and how the neurons of their group lie: so many channels side by side, position by position, and behind
 * them as many more; 1 is channel by channel.
 */
interface Ordered {
  readonly maps: MapGroup | undefined;
  readonly side: number;
}

const orderOf = (maps: MapGroup | undefined): Ordered => ({
  maps,
  side: maps?.made.by === 'input' && maps.made.channelsLast ? maps.shape.channels : 1,
});

/** Whether these are neurons of the network's inputs, which an operator rectified before any that reads maps. */
const isOfInputs = ({ layer, basis }: Group): boolean =>
  layer === 1 && basis.length > 0 && basis.every((read) => read.layer === 0);

const rectifiedMaps = new WeakMap<Group, Ordered>();

/**
 * Those neurons as a layer of maps, made once, if each channel is one of the inputs' with one number for all of it.
 * A Clip between two bounds and a LeakyRelu make two neurons of each input, all first ones before all second ones.
 */
function rectifiedInputs(
  call: OperatorCall,
  group: Group,
  { height, width }: FeatureShape,
  offset: number,
  steps: number,
): Ordered {
  const known = rectifiedMaps.get(group);
  if (known !== undefined) return known;
  const area = height * width;
  const channels = group.width / area;
  if (!Number.isInteger(channels)) return orderOf(undefined);
  const side = channels % steps === 0 && isPositionFirst(steps, area, offset) ? steps : 1;
  const order = Int32Array.from({ length: group.width }, (_, k) => {
    const channel = Math.floor(k / area);
    const own = channel % side;
    return (channel - own) * area + (k % area) * side + own;
  });
  spendOnMap(call, group.map);
  const shape = { channels, height, width };
  const signal: Signal = {
    ...{ kind: 'signal', dims: [1, channels, height, width], layer: 0, basis: group.basis },
    map: selectRows(group.map, order),
  };
  const blocks = recovered(call, signal, shape);
  const maps = blocks && layerOf(call, asOneBlock(call, blocks), shape);
  const made = { maps, side };
  rectifiedMaps.set(group, made);
  return made;
}

/** Whether an entry, from which the next one of its channel is `steps` away, may begin one of `steps` side by side. */
function isPositionFirst(steps: number, area: number, offset: number): boolean {
  return area > 1 && steps > 1 && offset % (area * steps) < steps;
}

/** The inputs as maps: their shape, and their order, are those of the first maps that are made of them. */
function inputMaps(
  group: Group,
  { height, width }: FeatureShape,
  offset: number,
  steps: number,
): MapGroup | undefined {
  const area = height * width;
  const channels = group.width / area;
  if (!Number.isInteger(channels)) return undefined;
  const channelsLast = steps === channels && isPositionFirst(steps, area, offset);
  if (!channelsLast && steps !== 1) return undefined;
  const maps = newGroup({ channels, height, width }, { by: 'input', channelsLast });
  keepGroup(maps, group);
  return maps;
}

/** Runs of channels that take the same groups, as a block each. */
function blocksOf(
  map: AffineMap,
  shape: FeatureShape,
  channels: readonly (readonly Source[])[],
  entries: ExactArray,
): Block[] {
  const area = areaOf(shape);
  const rounding = map.rounding ?? { linear: 0, bias: 0 };
  const blocks: Block[] = [];
  for (let from = 0; from < channels.length; ) {
    const alike = (to: number): boolean =>
      channels[to].length === channels[from].length &&
      channels[to].every(({ group }, index) => group === channels[from][index].group);
    let to = from + 1;
    while (to < channels.length && alike(to)) to++;
    const run = channels.slice(from, to);
    const terms = run[0].map(({ group }, index): Pass => {
      const factor = gatherExact(
        entries,
        Int32Array.from(run, (sources) => sources[index].entry),
      );
      return {
        ...{ kind: 'pass', group },
        channels: Int32Array.from(run, (sources) => sources[index].channel),
        factor: numbers(factor, rounding.linear),
      };
    });
    const first = from;
    const shift = map.bias
      ? gatherExact(
          map.bias,
          Int32Array.from(run, (_, index) => (first + index) * area),
        )
      : exactBuilder(run.length);
    blocks.push({ channels: run.length, terms, bias: numbers(shift, rounding.bias) });
    from = to;
  }
  return blocks;
}

/** Any vector as maps of its entries: neurons of a layer, which are both halves of what may be negative. */
function asLayer(call: OperatorCall, signal: Signal, shape: FeatureShape): Block {
  const { map } = signal;
  const charge = chargeTo(call);
  spendOnMap(call, map);
  const width = map.outputs;
  const area = areaOf(shape);
  if (isRectified(signal)) {
    const copied = signal.basis.some((group) => mapsOfGroup(group) !== undefined);
    const neurons = copied ? rectifyRows(signal, map, identityMap(width), charge) : signal;
    const group = newGroup(shape, { by: 'vectors', signal: neurons });
    return passOf(group);
  }
  spendOnMap(call, map);
  const halves = stackMaps([map, negateMap(map)]);
  // Channel by channel, a channel of each half by turns.
  const order = Int32Array.from({ length: 2 * width }, (_, k) => {
    const channel = Math.floor(k / area);
    return (channel & 1) * width + (channel >> 1) * area + (k % area);
  });
  const rows = selectRows(halves, order);
  const neurons = rectifyRows(signal, rows, identityMap(2 * width), charge);
  const group = newGroup(
    { ...shape, channels: 2 * shape.channels },
    { by: 'vectors', signal: neurons },
  );
  return {
    channels: shape.channels,
    terms: [
      turnsOf(group, 0, repeated(1, shape.channels)),
      turnsOf(group, 1, repeated(-1, shape.channels)),
    ],
    bias: repeated(0, shape.channels),
  };
}
