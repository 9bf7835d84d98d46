/** The blocks of pooling layers: `max(a, b) = a + s(b - a)` pair by pair, and sums two by two. */
import type { ConvolutionMap, FeatureShape, PlaneSize, Window } from '../target/linear-map.js';
import type { Layer } from '../target/network.js';
import { type Access, modulo } from './map-accesses.js';
import { HERE, type MapLowering, POINT } from './map-lowering.js';
import { type Held, PlaceSet, refuseMaps, TIGHT } from './map-state.js';
import { type Form, reducePairs, type SignedForm, shifted, tapDistances } from './pool-maps.js';

/** A maximum, or a sum of taps, of each channel. */
export function lowerPool(
  lowering: MapLowering,
  layer: Layer & (Window | ConvolutionMap),
  signal: number,
  accesses: readonly Access[],
  place: string,
): void {
  const kind = layer.kind === 'max-pooling' ? 'maximum' : 'sum';
  const { kernel, stride } = layer as Window;
  const read = accesses.flatMap(({ signal: from }) => lowering.holding(from));
  if (read.some(({ held }) => held.negative || held.only !== null)) {
    refuseMaps(place, 'it pools inputs that may be negative; give a domain of non-negative inputs');
  }
  const whole = read.every(({ held: { view } }) => view.height * view.width === 1);
  const lag = (read[0] as (typeof read)[number]).held.lag;
  /** Values of each map that is read, with how many channels it has. */
  let groups = accesses.map((access) => ({
    channels: (lowering.plan.shapes[access.signal] as FeatureShape).channels,
    grid: gridOf(lowering, access),
  }));
  const byAxis = whole && kernel.width > 1 && kernel.height > 1;
  const finish: Held = {
    ...{ signal, view: POINT, phase: HERE, loose: TIGHT, only: null },
    ...{
      channels: groups.reduce((sum, { channels }) => sum + channels, 0),
      negative: false,
      lag,
    },
  };
  const { height, width } = lowering.plan.shapes[signal] as FeatureShape;
  let output: PlaneSize = { height, width };
  let own: PlaneSize = lowering.strideIn(
    stride,
    (read[0] as (typeof read)[number]).held.view,
    output,
    place,
  );
  if (byAxis) {
    // Rows first: the others wait at their own height.
    const ownHeight = own.height;
    const steps = reduceValues(
      lowering,
      groups.map(({ channels, grid }) => ({ channels, values: rowAt(grid) })),
      kind,
      { height: 1, width: own.width },
      { height: lowering.state.plane.height, width },
      place,
      null,
      lag,
    );
    const ys = tapDistances(
      kernel.height,
      (layer as Window).dilation.height,
      (layer as Window).pads.top,
    );
    groups = steps.map(({ channels, form }) => ({
      channels,
      grid: ys.map((y) => [shifted(form, { y, x: 0 })]),
    }));
    own = { height: ownHeight, width: 1 };
    output = { height, width };
  }
  reduceValues(
    lowering,
    groups.map(({ channels, grid }) => ({ channels, values: grid.flat() })),
    kind,
    own,
    output,
    place,
    finish,
    lag,
  );
}

/** The taps of an access as forms, row by row. */
function gridOf(lowering: MapLowering, { signal, distances }: Access): Form[][] {
  const holding = lowering.holding(signal);
  return distances.y.map((dy) =>
    distances.x.map((dx) => {
      const found = holding.find(
        ({ held: { view, phase } }) =>
          modulo(dy - phase.y, view.height) === 0 && modulo(dx - phase.x, view.width) === 0,
      );
      if (found === undefined) throw new Error(`no phase of map ${signal} is held`);
      const { view, phase } = found.held;
      const at = { y: (dy - phase.y) / view.height, x: (dx - phase.x) / view.width };
      return [{ held: found.index, at }];
    }),
  );
}

/**
 * Blocks until one value of each map is left: its form, or, with `finish`, a map of its own. The first
 * block has the stride.
 */
function reduceValues(
  lowering: MapLowering,
  started: readonly { readonly channels: number; readonly values: readonly Form[] }[],
  kind: 'maximum' | 'sum',
  firstStride: PlaneSize,
  output: PlaneSize,
  place: string,
  finish: Held | null,
  lag: number,
): { readonly channels: number; readonly form: Form }[] {
  let stride = firstStride;
  let groups = started;
  let { height, width } = lowering.state.plane;
  for (;;) {
    const single = groups.every(({ values }) => values.length === 1);
    const pending =
      stride.height * stride.width > 1 || height !== output.height || width !== output.width;
    if (single && !pending && finish === null) {
      return groups.map(({ channels, values }) => ({ channels, form: values[0] as Form }));
    }
    const steps = groups.map(({ values }) => reducePairs(values, kind));
    const isEnd = single && finish !== null;
    const made: Held[] = isEnd
      ? [finish]
      : groups.flatMap(({ channels }, group) =>
          (steps[group] as (typeof steps)[number]).rows.map(
            (_): Held => ({
              ...{ signal: -1, view: POINT, phase: HERE, loose: TIGHT, only: null },
              ...{ channels, negative: false, lag },
            }),
          ),
        );
    emitForms(
      lowering,
      groups.flatMap(({ channels }, group) =>
        (steps[group] as (typeof steps)[number]).rows.map((form) => ({ channels, form })),
      ),
      made,
      stride,
      output,
      place,
    );
    if (isEnd) return [];
    let next = 0;
    groups = groups.map(({ channels }, group) => {
      const { rows, left } = steps[group] as (typeof steps)[number];
      const first = next;
      next += rows.length;
      return {
        channels,
        values: left.map((own) => own.map((row) => ({ held: first + row, at: HERE }))),
      };
    });
    stride = POINT;
    // The plane itself may be larger, for what is handed on.
    ({ height, width } = output);
  }
}

/** A block of rows with a few signs each, every form once for each channel. */
function emitForms(
  lowering: MapLowering,
  forms: readonly { readonly channels: number; readonly form: SignedForm }[],
  made: readonly Held[],
  stride: PlaneSize,
  output: PlaneSize,
  place: string,
): void {
  const distances = lowering.state.held.map(() => new PlaceSet());
  for (const { form } of forms) {
    for (const { held, at } of form) {
      (distances[held] as PlaceSet).add(at);
    }
  }
  lowering.emit(place, {
    ...{ form: 'direct', made, distances: distances.map((own) => own.list), stride, output },
    advance: lowering.advance(stride, output),
    write: ({ rows, column }) => {
      let row = 0;
      for (const { channels, form } of forms) {
        for (let channel = 0; channel < channels; channel++, row++) {
          for (const { held, at, sign } of form) rows.add(row, column(held, channel, at), sign);
        }
      }
    },
  });
}

function rowAt(grid: readonly (readonly Form[])[]): Form[] {
  // All rows of taps are alike but for their distance, which the second axis adds.
  return (grid[0] as readonly Form[]).map((form) =>
    form.map(({ held, at }) => ({ held, at: { y: 0, x: at.x } })),
  );
}
