/** Feature maps as a signal of vectors, for every operator that does not know of maps. */
import type { AffineMap } from '../../affine.js';
import { type ExactArray, exactBuilder, isZero } from '../../exact-array.js';
import { featureCount, forEachEntry } from '../../linear-map.js';
import { addValues } from '../elementwise.js';
import { type OperatorCall, spend } from '../operator.js';
import type { Group, Signal } from '../signal.js';
import { areaOf, type FeatureSignal, type MapGroup, type Term } from './feature-signal.js';
import { roundedTo } from './numbers.js';
import { RowBuilder } from './row-builder.js';

/** The neurons of maps as ordinary ones, made once; those of the inputs are the inputs' own. */
const groupsOfMaps = new WeakMap<MapGroup, Group>();
const mapsOfGroups = new WeakMap<Group, MapGroup>();

/** Says that these neurons are those of the maps. */
export function keepGroup(maps: MapGroup, group: Group): void {
  groupsOfMaps.set(maps, group);
  mapsOfGroups.set(group, maps);
}

/** The maps whose neurons these are, if they are. */
export function mapsOfGroup(group: Group): MapGroup | undefined {
  return mapsOfGroups.get(group);
}

function groupOfMaps(maps: MapGroup): Group {
  const known = groupsOfMaps.get(maps);
  if (known !== undefined) return known;
  const width = featureCount(maps.shape);
  const map: AffineMap = { inputs: width, outputs: width, linear: { kind: 'coordinates' } };
  const group: Group = { layer: 1, width, map, basis: [] };
  keepGroup(maps, group);
  return group;
}

/** Where entry (channel, position) of the maps of a group is among its neurons. */
function placeIn({ shape, made }: MapGroup, index: number): number {
  if (made.by !== 'input' || !made.channelsLast) return index;
  const area = areaOf(shape);
  return (index % area) * shape.channels + Math.floor(index / area);
}

/** The same value as vectors: of the inputs and of layers apart, and both added. */
export function vectorsOf(call: OperatorCall, signal: FeatureSignal): Signal {
  const isInput = ({ group }: Term): boolean => group.made.by === 'input';
  const all = signal.blocks.flatMap(({ terms }) => terms);
  if (!all.some(isInput) || all.every(isInput)) return asVectors(call, signal, () => true, true);
  const ofInputs = asVectors(call, signal, isInput, false);
  const ofLayers = asVectors(call, signal, (term) => !isInput(term), true);
  return addValues(call, ofInputs, ofLayers) as Signal;
}

function asVectors(
  call: OperatorCall,
  signal: FeatureSignal,
  takes: (term: Term) => boolean,
  withBias: boolean,
): Signal {
  const { dims, blocks, cutAt } = signal;
  const maps = [...new Set(blocks.flatMap(({ terms }) => terms.filter(takes).map((t) => t.group)))];
  const basis = maps.map(groupOfMaps);
  const starts = new Map<MapGroup, number>();
  let inputs = 0;
  for (const group of maps) {
    starts.set(group, inputs);
    inputs += featureCount(group.shape);
  }
  const rows = rowsOf(call, signal, takes, starts);
  const { linear, change } = call.bits < 53 ? withShortEntries(rows) : rows;
  const bias = withBias ? biasOf(signal) : undefined;
  const biasChange = withBias ? Math.max(...blocks.map((block) => block.bias.change)) : 0;
  return {
    ...{ kind: 'signal', dims, layer: basis[0].layer, basis },
    map: {
      ...{ inputs, outputs: featureCount(signal.shape), linear },
      ...(bias && !isZero(bias) && { bias }),
      ...(change + biasChange > 0 && { rounding: { linear: change, bias: biasChange } }),
    },
    ...(cutAt !== undefined && { cutAt }),
  };
}

/** Bits of a factor whose product with a float32 is a float64: nothing is gained by more. */
const SHORT_BITS = 29;

/** Rows that are off anyway, with so few bits that matrices of float32 after them need no more than float64. */
function withShortEntries(rows: ReturnType<typeof rowsOf>): ReturnType<typeof rowsOf> {
  const { linear, change } = rows;
  if (change === 0 || linear.kind !== 'sparse') return rows;
  const short = roundedTo({ array: linear.entries, change }, SHORT_BITS);
  return { linear: { ...linear, entries: short.array }, change: short.change };
}

/** All rows, in the order of the signal's entries, and the bound of the relative change of their numbers. */
function rowsOf(
  call: OperatorCall,
  { blocks, shape, channelsLast }: FeatureSignal,
  takes: (term: Term) => boolean,
  starts: ReadonlyMap<MapGroup, number>,
): { readonly linear: AffineMap['linear']; readonly change: number } {
  const area = areaOf(shape);
  const count = featureCount(shape);
  // The terms, and the channel in its block, for each channel.
  const places = blocks.flatMap((block) => {
    const terms = block.terms.filter(takes);
    const entries = terms.reduce((sum, term) => sum + entriesOf(term), 0);
    const overlap = new Set(terms.map(({ group }) => group)).size < terms.length;
    return Array.from({ length: block.channels }, (_, channel) => ({
      ...{ terms, channel, entries, overlap },
    }));
  });
  const most = places.reduce((sum, { entries }) => sum + entries * area, 0);
  spend(call, 100 * most + 40 * count, 3 * most + count);
  const rows = new RowBuilder(count, most);
  for (let row = 0; row < count; row++) {
    const c = channelsLast ? row % shape.channels : Math.floor(row / area);
    const position = channelsLast ? Math.floor(row / shape.channels) : row % area;
    const { terms, channel, overlap } = places[c];
    rows.begin(row, overlap);
    for (const term of terms) {
      const start = starts.get(term.group) as number;
      if (term.kind === 'pass') {
        const index = term.channels[channel] * area + position;
        rows.add(start + placeIn(term.group, index), term.factor, channel);
      } else {
        const weights = { array: term.map.weights, change: term.change };
        forEachEntry(term.map, channel * area + position, (input, index) => {
          rows.add(start + placeIn(term.group, input), weights, index);
        });
      }
    }
  }
  return { linear: rows.finish(), change: rows.change };
}

/** At most so many entries in a row. */
function entriesOf(term: Term): number {
  if (term.kind === 'pass') return 1;
  const { input, groups, kernel } = term.map;
  return (input.channels / groups) * kernel.height * kernel.width;
}

function biasOf({ blocks, shape, channelsLast }: FeatureSignal): ExactArray {
  const area = areaOf(shape);
  const made = exactBuilder(featureCount(shape));
  let first = 0;
  for (const { channels, bias } of blocks) {
    for (let channel = 0; channel < channels; channel++) {
      for (let position = 0; position < area; position++) {
        const c = first + channel;
        const row = channelsLast ? position * shape.channels + c : c * area + position;
        made.values[row] = bias.array.values[channel];
        const exact = bias.array.exact.get(channel);
        if (exact !== undefined) made.exact.set(row, exact);
      }
    }
    first += channels;
  }
  return made;
}
