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
import { MAXIMUM_WIDTH, type SourceLayer, type SourceShape } from '../source/shape.js';
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

export interface MapsRecord {
  readonly input: readonly [channels: number, height: number, width: number];
  readonly channelsLast?: true | undefined;
  readonly blocks: readonly BlockRecord[];
}

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

/** Channels of the input may be more than positions, and are the width of the source's first layer. */
export const isMapsRecord = (value: unknown): value is MapsRecord => {
  if (!hasKeys(value, ['input', 'blocks'], ['channelsLast'])) return false;
  const { input, channelsLast, blocks } = value as MapsRecord;
  return (
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
export function mapsJson({ input, blocks }: IntegerMaps, channelsLast: boolean): JsonValue {
  return {
    input: [input.channels, ...pair(input)],
    ...(channelsLast && { channelsLast }),
    blocks: blocks.map(({ window, form }) => ({
      form: form.kind,
      ...(form.kind === 'free' && form.passed > 0 && { handedOn: form.passed }),
      ...(window && { window: windowJson(window) }),
    })),
  };
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

/** A shape whose blocks read their input through the windows of these maps, in every layer that reads it. */
export function withWindows(
  { inputs, layers }: SourceShape,
  { blocks }: IntegerMaps,
  blockEnds: readonly number[],
): SourceShape {
  const windows = new Map(
    blocks.map(({ window }, index) => [index === 0 ? 0 : (blockEnds[index - 1] as number), window]),
  );
  return {
    inputs,
    layers: layers.map((layer, index): SourceLayer => {
      // Ascending: a block's input, which no layer of another block reads, comes first.
      const window = windows.get(layer.reads?.[0] ?? index);
      if (window === undefined) return layer;
      const { kernel, stride, pads, dilation } = window;
      return { ...layer, kernel, stride, pads, dilation };
    }),
  };
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
