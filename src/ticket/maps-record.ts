/**
 * The maps of an integer network as a ticket states them: the input's size and, for each block, its window
 * and form. Planes behind the first follow. The kernels of the source are those of the windows.
 */
import {
  type BlockForm,
  type BlockWindow,
  type IntegerMaps,
  type MapBlock,
  outputPlane,
  planesBetween,
} from '../integer/block-maps.js';
import { MOST_POSITIONS } from '../integer/maps-problem.js';
import {
  type LayerGroup,
  MAXIMUM_WIDTH,
  readingOf,
  type SourceLayer,
  type SourceShape,
} from '../source/shape.js';
import {
  layersBeyondWindows,
  planesInBlocks,
  type Reading,
  withWindows,
} from '../source/windows.js';
import type { PlaneSize } from '../target/linear-map.js';
import type { JsonValue } from './json.js';
import { requireTrue } from './metadata.js';
import { fromRanges, toRanges } from './runs.js';
import { isRanges, MAXIMUM_ENTRIES, MAXIMUM_LAYERS } from './schemas.js';

type Pair = readonly [number, number];
type Ranges = readonly (number | Pair)[];
type Run = readonly [channels: number, taps: Ranges];

interface WindowRecord {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: readonly [number, number, number, number];
  readonly dilation: Pair;
  readonly columns: readonly Run[];
}

interface BlockRecord {
  readonly form: BlockForm['kind'];
  readonly handedOn?: number;
  readonly window?: WindowRecord;
}

/** A source layer that reads otherwise than the windows say. */
type KernelRecord = readonly [
  layer: number,
  kernel: Pair,
  stride: Pair,
  pads: readonly [number, number, number, number],
  dilation: Pair,
];

export interface MapsRecord {
  readonly input: readonly [channels: number, height: number, width: number];
  readonly channelsLast?: true | undefined;
  readonly blocks: readonly BlockRecord[];
  readonly kernels?: readonly KernelRecord[];
  readonly groups?: readonly GroupsRecord[];
}

/** A source layer with groups, in runs of equal ones. */
type GroupsRecord = readonly [
  layer: number,
  runs: readonly (readonly [channels: number, columns: number, times: number])[],
];

/** Groups of all layers together: those there are have some per layer. */
const MOST_GROUPS = 2 ** 22;

function areCounts(value: unknown, length: number, least: number): boolean {
  return (
    Array.isArray(value) &&
    value.length === length &&
    value.every((each) => Number.isSafeInteger(each) && each >= least && each <= MOST_POSITIONS)
  );
}

function isRun(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [channels, taps] = value as unknown[];
  const counts = Number.isSafeInteger(channels) && (channels as number) >= 1;
  return counts && (channels as number) <= MAXIMUM_WIDTH && isRanges(taps);
}

/** Whether an object has these keys and no others; `optional` ones may be missing. */
function hasKeys(value: unknown, keys: readonly string[], optional: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const own = Object.keys(value);
  return (
    keys.every((key) => own.includes(key)) &&
    own.every((key) => keys.includes(key) || optional.includes(key))
  );
}

function isWindow(value: unknown): boolean {
  if (!hasKeys(value, ['kernel', 'stride', 'pads', 'dilation', 'columns'], [])) return false;
  const { kernel, stride, pads, dilation, columns } = value as WindowRecord;
  const listed = Array.isArray(columns) && columns.length <= MAXIMUM_ENTRIES;
  return (
    [kernel, stride, dilation].every((pair) => areCounts(pair, 2, 1)) &&
    areCounts(pads, 4, 0) &&
    listed &&
    columns.every(isRun)
  );
}

const FORMS: readonly unknown[] = ['free', 'direct', 'scale'] satisfies BlockForm['kind'][];

function isBlock(value: unknown): value is BlockRecord {
  if (!hasKeys(value, ['form'], ['handedOn', 'window'])) return false;
  const { form, handedOn, window } = value as BlockRecord;
  return (
    FORMS.includes(form) &&
    (handedOn === undefined || areCounts([handedOn], 1, 0)) &&
    (window === undefined || isWindow(window))
  );
}

function isKernel(value: unknown): value is KernelRecord {
  if (!Array.isArray(value) || value.length !== 5) return false;
  const [layer, kernel, stride, pads, dilation] = value as unknown[];
  return (
    areCounts([layer], 1, 1) &&
    [kernel, stride, dilation].every((pair) => areCounts(pair, 2, 1)) &&
    areCounts(pads, 4, 0)
  );
}

function isGroups(value: unknown): value is GroupsRecord {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [layer, runs] = value as unknown[];
  const isCount = (each: unknown, least: number): boolean =>
    Number.isSafeInteger(each) && (each as number) >= least && (each as number) <= MAXIMUM_WIDTH;
  return (
    areCounts([layer], 1, 1) &&
    Array.isArray(runs) &&
    runs.length >= 1 &&
    runs.length <= MAXIMUM_ENTRIES &&
    runs.every(
      (run) =>
        Array.isArray(run) &&
        run.length === 3 &&
        [run[0], run[1]].every((each) => isCount(each, 0)) &&
        isCount(run[2], 1),
    )
  );
}

/** Nothing, or a list with an item for some layers. */
function areLayers<T>(value: unknown, isLayer: (item: unknown) => item is T): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.length <= MAXIMUM_LAYERS && value.every(isLayer);
}

/** Channels of the input may be more than positions, and are the width of the source's first layer. */
export const isMapsRecord = (value: unknown): value is MapsRecord => {
  if (!hasKeys(value, ['input', 'blocks'], ['channelsLast', 'kernels', 'groups'])) return false;
  const { input, channelsLast, blocks, kernels, groups } = value as MapsRecord;
  return (
    areLayers(kernels, isKernel) &&
    areLayers(groups, isGroups) &&
    areCounts(input, 3, 1) &&
    (channelsLast === undefined || channelsLast === true) &&
    Array.isArray(blocks) &&
    blocks.length <= MAXIMUM_LAYERS &&
    blocks.every(isBlock)
  );
};

function pair({ height, width }: PlaneSize): [number, number] {
  return [height, width];
}

function size([height, width]: readonly [number, number]): PlaneSize {
  return { height, width };
}

/** Maps as they are written; `channelsLast` says how samples come. */
export function mapsJson(maps: IntegerMaps, channelsLast: boolean, shape: SourceShape): JsonValue {
  const { input, blocks } = maps;
  const kernels = layersBeyondWindows(shape, maps).map((t) => kernelJson(t, readingOf(shape, t)));
  return {
    input: [input.channels, ...pair(input)],
    ...(channelsLast && { channelsLast }),
    blocks: blocks.map(({ window, form }) => ({
      form: form.kind,
      ...(form.kind === 'free' && form.passed > 0 && { handedOn: form.passed }),
      ...(window && { window: windowJson(window) }),
    })),
    ...(kernels.length > 0 && { kernels }),
    ...groupsJson(shape),
  };
}

function groupsJson({ layers }: SourceShape): { readonly [groups: string]: JsonValue } {
  const listed = layers.flatMap(({ groups }, index): JsonValue[] => {
    if (groups === undefined) return [];
    const runs: [number, number, number][] = [];
    for (const { channels, columns } of groups) {
      const before = runs.at(-1);
      if (before?.[0] === channels && before[1] === columns) before[2]++;
      else runs.push([channels, columns, 1]);
    }
    return [[index + 1, runs]];
  });
  return listed.length > 0 ? { groups: listed } : {};
}

function kernelJson(t: number, { kernel, stride, pads, dilation }: Reading): JsonValue {
  const { top, left, bottom, right } = pads;
  return [t, pair(kernel), pair(stride), [top, left, bottom, right], pair(dilation)];
}

function windowJson({ kernel, stride, pads, dilation, columns }: BlockWindow): JsonValue {
  return {
    kernel: pair(kernel),
    stride: pair(stride),
    pads: [pads.top, pads.left, pads.bottom, pads.right],
    dilation: pair(dilation),
    columns: columns.map(({ channels, taps }) => [channels, toRanges(Uint32Array.from(taps))]),
  };
}

/** Columns that runs list, before any list of taps is made. */
function listedColumns(runs: readonly Run[]): number {
  let sum = 0;
  for (const [channels, ranges] of runs) {
    for (const range of ranges) {
      sum += channels * (typeof range === 'number' ? 1 : range[1] - range[0] + 1);
    }
  }
  return sum;
}

function tapsOfRun(ranges: Ranges, limit: number, place: string): number[] {
  return Array.from(fromRanges(ranges, listedColumns([[1, ranges]]), limit, place));
}

/**
 * The maps of a record, for as many blocks with at most so many columns each. Throws an `InputError` for
 * taps that are not there.
 */
export function mapsFrom(
  { input, blocks }: MapsRecord,
  columns: readonly number[],
  place: string,
): IntegerMaps {
  const [channels, height, width] = input;
  let before: PlaneSize = { height, width };
  return {
    input: { channels, height, width },
    blocks: blocks.map(({ form, handedOn, window }, index): MapBlock => {
      const kind: BlockForm =
        form === 'free' ? { kind: form, passed: handedOn ?? 0 } : { kind: form };
      if (window === undefined) return { form: kind };
      const at = `${place}, window of block ${index + 1}`;
      const [top, left, bottom, right] = window.pads;
      const taps = window.kernel[0] * window.kernel[1];
      const listed = listedColumns(window.columns);
      requireTrue(listed <= (columns[index] ?? 0), at, `${listed} columns`);
      const own: BlockWindow = {
        input: before,
        kernel: size(window.kernel),
        stride: size(window.stride),
        pads: { top, left, bottom, right },
        dilation: size(window.dilation),
        columns: window.columns.map(([count, ranges]) => ({
          channels: count,
          taps: tapsOfRun(ranges, taps, at),
        })),
      };
      before = outputPlane(own);
      return { window: own, form: kind };
    }),
  };
}

/**
 * A shape whose layers read as the windows say, but for those that the record lists. Throws an `InputError` where
 * it lists them out of order, or what goes without saying, or planes that do not fit those of the blocks.
 */
export function withKernels(
  shape: SourceShape,
  maps: IntegerMaps,
  { kernels }: MapsRecord,
  place: string,
): SourceShape {
  const plain = withWindows(shape, maps);
  if (kernels === undefined) return plain;
  const listed = new Map<number, SourceLayer>();
  let before = 0;
  for (const [t, kernel, stride, [top, left, bottom, right], dilation] of kernels) {
    const layer = plain.layers[t - 1];
    if (layer === undefined || t <= before) {
      requireTrue(false, place, `kernels: layer ${t}, which is not there or out of order`);
      continue;
    }
    before = t;
    listed.set(t, {
      ...layer,
      ...{ kernel: size(kernel), stride: size(stride), dilation: size(dilation) },
      pads: { top, left, bottom, right },
    });
  }
  const own = {
    inputs: plain.inputs,
    layers: plain.layers.map((layer, index) => listed.get(index + 1) ?? layer),
  };
  const beyond = layersBeyondWindows(own, maps).length;
  requireTrue(beyond === listed.size && beyond > 0, place, 'kernels: what the windows say anyway');
  return own;
}

/** A shape with the groups that the record lists. Throws an `InputError` where it lists them out of order. */
export function withGroups(shape: SourceShape, { groups }: MapsRecord, place: string): SourceShape {
  if (groups === undefined) return shape;
  const total = groups.reduce(
    (sum, [, runs]) => runs.reduce((more, [, , times]) => more + times, sum),
    0,
  );
  requireTrue(total > 0, place, 'groups of no layer');
  requireTrue(total <= MOST_GROUPS, place, `${total} groups, more than ${MOST_GROUPS}`);
  const layers = [...shape.layers];
  let before = 0;
  for (const [t, runs] of groups) {
    const layer = layers[t - 1];
    if (layer === undefined || t <= before) {
      requireTrue(false, place, `groups: layer ${t}, which is not there or out of order`);
      continue;
    }
    before = t;
    const own: LayerGroup[] = [];
    for (const [channels, columns, times] of runs) {
      const group = { channels, columns };
      for (let time = 0; time < times; time++) own.push(group);
    }
    layers[t - 1] = { ...layer, groups: own };
  }
  return { inputs: shape.inputs, layers };
}

/** Throws an `InputError` where a shape with kernels of its own has other planes than the blocks of these maps. */
export function checkPlanes(shape: SourceShape, maps: IntegerMaps, place: string): void {
  const made = planesInBlocks(shape, maps);
  if ('problem' in made) requireTrue(false, `${place}, block ${made.block + 1}`, made.problem);
}

/** Coordinates of the inputs, or of the outputs, that maps of so many channels have. */
export function coordinatesOf(
  maps: IntegerMaps | undefined,
  channels: number,
): {
  readonly inputs: number;
  readonly outputs: number;
} | null {
  if (maps === undefined) return null;
  const planes = planesBetween(maps);
  const last = planes.at(-1) as PlaneSize;
  const { input } = maps;
  return {
    inputs: input.channels * input.height * input.width,
    outputs: channels * last.height * last.width,
  };
}
