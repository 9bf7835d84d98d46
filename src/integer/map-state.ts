/**
 * The chain of blocks that an integer network of feature maps is, as it grows: which channels the maps
 * hold after each block, at which phase and scale, and how a block reads them. Whoever lowers a target
 * says what rows a block has; what has to be handed on, and the window, follow here.
 */
import { InputError } from '../core/errors.js';
import type { Pads, PlaneSize } from '../target/linear-map.js';
import {
  anchorOf,
  type BlockForm,
  type BlockWindow,
  type ColumnRun,
  type MapBlock,
  outputPlane,
  windowColumns,
} from './block-maps.js';
import type { IntegerMatrix } from './integer-network.js';
import { type RowsWriter, rowsWriter } from './integer-rows.js';

/** Something of both axes. */
export interface Axes<T> {
  readonly y: T;
  readonly x: T;
}

const SIDES = { y: 'height', x: 'width' } as const;

/** Of maps that hold 0 behind their end. */
export const TIGHT: Axes<boolean> = { y: false, x: false };

/** A position along both axes, or a distance. */
export type Place = Axes<number>;

/** Channels in a row that hold one map of the target. */
export interface Held {
  /** Whose outputs they are, by the target's number of the layer; 0 for the input; below 0 within a layer. */
  readonly signal: number;
  /** Position (y, x) holds the map's `(y * view + phase, ..)`; where that is outside of it, 0 unless it is loose. */
  readonly view: PlaneSize;
  readonly phase: Place;
  /** Along which axes it holds anything behind the map's end: in the plane of larger maps. */
  readonly loose: Axes<boolean>;
  /** Channels of the map, in order; all of them where it is null. */
  readonly only: Uint32Array | null;
  readonly channels: number;
  /** Whether they hold `s(-x)`. */
  readonly negative: boolean;
  /** They are the map times the constant over `2^lag`. */
  readonly lag: number;
}

/** One number of a row: a channel of a held map, at a distance from the stride's position. */
export interface Term {
  /** Index in the state. */
  readonly held: number;
  readonly at: Place;
}

/** What a block reads of each held map, and how. */
export interface BlockReading {
  /** Distances that rows read, by held map; those that are handed on come by themselves. */
  readonly distances: readonly (readonly Place[])[];
  readonly stride: PlaneSize;
  /** Of its own maps: what is handed on may need a larger plane, in which these are loose. */
  readonly output: PlaneSize;
  /** How many positions of the plane one of the next plane stands for: the stride, or the whole plane. */
  readonly advance: PlaneSize;
}

/** Which phases of a signal, in units of its map, later layers read: `undefined` if none does any more. */
export type Wanted = (signal: number, view: PlaneSize) => readonly Place[] | undefined;

export interface Emitted {
  readonly matrix: IntegerMatrix;
  readonly block: MapBlock;
  readonly places: number;
}

export interface MapState {
  readonly plane: PlaneSize;
  readonly held: readonly Held[];
}

const refusal = (place: string, problem: string): InputError =>
  new InputError({
    place,
    problem,
    remedy: 'evaluate this network in the library (evaluateNetwork), or give one without it',
  });

/** Throws the `InputError` of what cannot be laid out in maps one after another. */
export function refuseMaps(place: string, problem: string): never {
  throw refusal(place, problem);
}

/** One number for a place: coordinates are below 2^25. */
function placeKey({ y, x }: Place): number {
  return y * 2 ** 26 + x;
}

/** Different places, in the order in which they came. */
export class PlaceSet {
  readonly list: Place[] = [];
  readonly #known = new Set<number>();

  add(place: Place): void {
    const key = placeKey(place);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.list.push(place);
  }
}

/** What is handed on: a held map, read at a distance, and what it is then. */
interface HandedOn {
  readonly from: number;
  readonly at: Place;
  readonly held: Held;
}

/** Positions of a plane, along each axis, that hold something of a map. */
export function extentOf({ view, phase }: Held, map: PlaneSize): PlaneSize {
  return {
    height: Math.ceil((map.height - phase.y) / view.height),
    width: Math.ceil((map.width - phase.x) / view.width),
  };
}

/** The least plane that holds all of these. */
export function planeOver(planes: readonly PlaneSize[]): PlaneSize {
  return {
    height: planes.reduce((most, { height }) => Math.max(most, height), 0),
    width: planes.reduce((most, { width }) => Math.max(most, width), 0),
  };
}

/** Along which axes maps of one plane do not fill another. */
export function shortOf(extent: PlaneSize, plane: PlaneSize): Axes<boolean> {
  return { y: extent.height < plane.height, x: extent.width < plane.width };
}

function handedOn({ held }: MapState, advance: PlaneSize, wanted: Wanted): HandedOn[] {
  const result: HandedOn[] = [];
  held.forEach((each, from) => {
    const view = {
      height: each.view.height * advance.height,
      width: each.view.width * advance.width,
    };
    for (const phase of wanted(each.signal, view) ?? []) {
      const y = phase.y - each.phase.y;
      const x = phase.x - each.phase.x;
      if (y % each.view.height !== 0 || x % each.view.width !== 0 || y < 0 || x < 0) continue;
      const at = { y: y / each.view.height, x: x / each.view.width };
      if (at.y >= advance.height || at.x >= advance.width) continue;
      result.push({ from, at, held: { ...each, view, phase } });
    }
  });
  return result;
}

interface Axis {
  /** Distance of tap 0. */
  readonly first: number;
  readonly step: number;
  readonly taps: number;
  readonly before: number;
  readonly after: number;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * The taps of an axis that hold these distances, with one that is always inside for the constant, and where
 * there are fewer outputs than positions to begin at one that ends them.
 */
function axisOf(
  distances: readonly number[],
  length: number,
  outputs: number,
  stride: number,
  constant: boolean,
  place: string,
): Axis {
  // Once each: over a large plane there are more of them than a call takes arguments.
  const all = [...new Set(distances)];
  const mostInside = length - 1 - (outputs - 1) * stride;
  if (constant && !all.some((at) => at >= 0 && at <= mostInside)) {
    if (mostInside < 0) {
      refuseMaps(
        place,
        'no tap of its kernel lies inside of the plane at every position, so that its bias has no place',
      );
    }
    all.push(Math.min(mostInside, Math.max(0, Math.min(...all))));
  }
  if (mostInside - Math.max(0, ...all) >= stride) all.push(mostInside);
  const first = Math.min(0, ...all);
  const most = Math.max(0, ...all);
  const step = all.reduce((common, at) => gcd(common, at - first), 0) || 1;
  return {
    first,
    step,
    taps: Math.floor((most - first) / step) + 1,
    before: -first,
    after: Math.max(0, (outputs - 1) * stride + most - (length - 1)),
  };
}

/** A block about to be written: where its columns are. */
export interface OpenBlock {
  readonly rows: RowsWriter;
  /** Column of a held map's channel (by position) at a distance that was asked for. */
  column(held: number, channel: number, at: Place): number;
  readonly constantColumn: number;
}

export interface EmitRequest extends BlockReading {
  readonly place: string;
  readonly form: BlockForm['kind'];
  /** Maps that its own rows make. */
  readonly made: readonly Held[];
  readonly places: number;
  readonly isLast: boolean;
  /** What the constant is multiplied by. */
  readonly unit: bigint;
  readonly constant: boolean;
  readonly wanted: Wanted;
  readonly mapPlane: (signal: number) => PlaneSize;
  /** Writes the rows of the made maps. */
  write(block: OpenBlock): void;
  /** Of a convolution that alone makes them: how many groups it has, and of which held maps, all channels of each. */
  readonly groups?: { readonly count: number; readonly held: readonly number[] };
}

/** Integers of the largest matrix of a block: 1 GB. Groups stand there as zeros. */
const MOST_ENTRIES = 2 ** 27;

/** Appends a block: its matrix and window, and the state behind it. */
export function emitBlock(
  state: MapState,
  request: EmitRequest,
): { readonly emitted: Emitted; readonly state: MapState } {
  const { place, form, isLast, unit, constant, mapPlane } = request;
  const passed = isLast ? [] : handedOn(state, request.advance, request.wanted);
  const extents = passed.map(({ held }) => extentOf(held, mapPlane(held.signal)));
  const output = planeOver([request.output, ...extents]);
  const short = shortOf(request.output, output);
  const made = request.made.map((held) => {
    const { y, x } = held.loose;
    return { ...held, loose: { y: y || short.y, x: x || short.x } };
  });
  const distances = state.held.map((_, index) => {
    const own = new PlaceSet();
    for (const at of request.distances[index] ?? []) own.add(at);
    for (const { from, at } of passed) if (from === index) own.add(at);
    return own.list;
  });
  const { window, runs, starts, columns } = windowFor(state, distances, { ...request, output });
  const ownRows = made.reduce((sum, { channels }) => sum + channels, 0);
  const passedRows = passed.reduce((sum, { held }) => sum + held.channels, 0);
  const carried = constant ? 1 : 0;
  const rows = ownRows + passedRows + (isLast ? 0 : carried);
  if (rows * (columns + carried) > MOST_ENTRIES) {
    const size = `${rows} by ${columns + carried}`;
    refuseMaps(place, `its block's matrix is ${size}, of more than ${MOST_ENTRIES} integers`);
  }
  const writer = rowsWriter(rows, columns + carried);
  const taps = runs.map((list) => new Map(list.map((at, tap) => [placeKey(at), tap])));
  const column = (held: number, channel: number, at: Place): number => {
    const own = taps[held] as ReadonlyMap<number, number>;
    return (starts[held] as number) + channel * own.size + (own.get(placeKey(at)) as number);
  };
  request.write({ rows: writer, column, constantColumn: columns });
  let row = ownRows;
  for (const { from, at, held } of passed) {
    const first = column(from, 0, at);
    const step = (runs[from] as readonly Place[]).length;
    for (let channel = 0; channel < held.channels; channel++) {
      writer.add(row++, first + channel * step, 1);
    }
  }
  if (constant && !isLast) {
    writer.add(row, columns, unit <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(unit) : unit);
  }
  const grouped = request.groups;
  const block: MapBlock = {
    ...(grouped && {
      groups: {
        count: grouped.count,
        rows: ownRows / grouped.count,
        runs: grouped.held.flatMap((held) => {
          const own = (runs[held] as readonly Place[]).length;
          const columns = ((state.held[held] as Held).channels / grouped.count) * own;
          return own === 0 ? [] : [{ first: starts[held] as number, columns }];
        }),
      },
    }),
    ...(window && { window }),
    form: form === 'free' ? { kind: 'free', passed: passedRows } : { kind: form },
  };
  const { places } = request;
  return {
    emitted: { matrix: writer.finish(), block, places },
    state: {
      plane: output,
      held: [
        ...made,
        ...passed.map(({ held }, index) => {
          const { y, x } = shortOf(extents[index] as PlaneSize, output);
          const loose = { y: y && held.loose.y, x: x && held.loose.x };
          return { ...held, loose, lag: held.lag + places };
        }),
      ],
    },
  };
}

/** The window over these distances, none where every channel is read at its own position alone. */
function windowFor(
  { plane, held }: MapState,
  distances: readonly (readonly Place[])[],
  { stride, output, constant, place }: EmitRequest,
) {
  const along = (axis: 'y' | 'x'): Axis => {
    const size = SIDES[axis];
    const all = distances.flatMap((list) => list.map((at) => at[axis]));
    return axisOf(all, plane[size], output[size], stride[size], constant, place);
  };
  const y = along('y');
  const x = along('x');
  const pads: Pads = { top: y.before, left: x.before, bottom: y.after, right: x.after };
  const tapAt = (at: Place): number =>
    ((at.y - y.first) / y.step) * x.taps + (at.x - x.first) / x.step;
  const runs = distances.map((list) => [...list].sort((a, b) => tapAt(a) - tapAt(b)));
  const columns: ColumnRun[] = held.map(({ channels }, index) => ({
    channels,
    taps: (runs[index] as Place[]).map(tapAt),
  }));
  const window: BlockWindow = {
    input: plane,
    kernel: { height: y.taps, width: x.taps },
    stride,
    pads,
    dilation: { height: y.step, width: x.step },
    columns: joined(columns),
  };
  const made = outputPlane(window);
  if (made.height !== output.height || made.width !== output.width) {
    refuseMaps(place, 'what it reads beside its own maps does not go into one kernel with it');
  }
  if (constant && anchorOf(window) < 0) {
    refuseMaps(place, 'no tap lies inside of the plane at every position');
  }
  const starts: number[] = [];
  let start = 0;
  for (const { channels, taps } of columns) {
    starts.push(start);
    start += channels * taps.length;
  }
  const plain =
    y.taps * x.taps === 1 &&
    y.before + y.after + x.before + x.after === 0 &&
    stride.height === 1 &&
    stride.width === 1 &&
    columns.every(({ taps }) => taps.length === 1);
  return { window: plain ? undefined : window, runs, starts, columns: windowColumns(window) };
}

/** Runs of equal taps as one. */
function joined(runs: readonly ColumnRun[]): ColumnRun[] {
  const result: ColumnRun[] = [];
  for (const run of runs) {
    const before = result.at(-1);
    if (before !== undefined && String(before.taps) === String(run.taps)) {
      result[result.length - 1] = { ...before, channels: before.channels + run.channels };
    } else result.push(run);
  }
  return result;
}
