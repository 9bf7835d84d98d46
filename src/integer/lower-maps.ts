/**
 * From a target of feature maps to its integer network: a chain of blocks (theory, section 11). Each layer
 * becomes a block whose rows are its channels; maps that later layers still read are handed on through the
 * blocks between, and brought to a common scale before they are added up.
 *
 * What a block of stride s hands on stands in its smaller plane as up to s x s maps, its phases, of which
 * only those that are read later are kept.
 */
import { UsageError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { checkLayers } from '../target/check-layers.js';
import { isZero, placesOf } from '../target/exact-array.js';
import {
  type ConvolutionMap,
  type DenseMap,
  type FeatureShape,
  featureCount,
  type PlaneSize,
  storedNumbers,
  summands,
  type Window,
} from '../target/linear-map.js';
import { type InputSign, inputsOf, type Layer, type Network, readsOf } from '../target/network.js';
import type { IntegerNetwork } from './integer-network.js';
import { roundedNumbers } from './integer-rows.js';
import {
  type BlockReading,
  type EmitRequest,
  type Emitted,
  emitBlock,
  type Held,
  type MapState,
  type OpenBlock,
  type Place,
  refuseMaps,
} from './map-state.js';
import { type Form, reducePairs, type SignedForm, shifted, tapDistances } from './pool-maps.js';
import { needsConstant } from './quantize.js';
import { isPoolingOf, withSumPooling } from './sum-pooling.js';

const POINT: PlaneSize = { height: 1, width: 1 };
const HERE: Place = { y: 0, x: 0 };

/** One map that a layer reads, with the part of the layer's numbers that meets it. */
interface Access {
  readonly signal: number;
  /** Of its channels, in the input of the map below. */
  readonly first: number;
  readonly map: ConvolutionMap | DenseMap | Window;
  /** Distances of the taps in the plane of what is read; of a matrix, all positions. */
  readonly distances: { readonly y: readonly number[]; readonly x: readonly number[] };
  /** Null for a matrix, which reads all positions at once. */
  readonly stride: PlaneSize | null;
}

interface Plan {
  readonly network: Network;
  /** Of the input, and of each layer's outputs. */
  readonly shapes: readonly FeatureShape[];
  /** Of each layer. */
  readonly accesses: readonly (readonly Access[])[];
}

function vectorShape(count: number): FeatureShape {
  return { channels: count, height: 1, width: 1 };
}

function shapeOfInput({ layers, channelsLast }: Network): FeatureShape {
  if (channelsLast !== undefined) return channelsLast;
  for (const [index, layer] of layers.entries()) {
    const reads = readsOf(layer, index);
    if (reads[0] !== 0) continue;
    const [map] = layer.kind === 'sum' ? layer.parts : [layer];
    if (map === undefined || map.kind === 'dense') continue;
    if (map.inputs === inputsOf(layers)) return map.input;
  }
  return vectorShape(inputsOf(layers));
}

function shapeOfOutput(layer: Layer): FeatureShape {
  switch (layer.kind) {
    case 'dense':
      return vectorShape(layer.outputs);
    case 'sum':
      return layer.parts[0].output;
    default:
      return layer.output;
  }
}

function planOf(network: Network): Plan {
  const { layers } = network;
  const shapes = [shapeOfInput(network), ...layers.map(shapeOfOutput)];
  const accesses = layers.map((layer, index) => {
    const reads = readsOf(layer, index);
    const maps = layer.kind === 'max-pooling' ? [layer] : summands(layer).map(({ part }) => part);
    let next = 0;
    return maps.flatMap((map) => {
      const own: Access[] = [];
      let taken = 0;
      let channels = 0;
      while (taken < map.inputs) {
        const signal = reads[next++] as number;
        const shape = shapes[signal] as FeatureShape;
        own.push(accessOf(map, signal, channels, shape, `layer ${index + 1}`));
        taken += featureCount(shape);
        channels += map.kind === 'dense' ? featureCount(shape) : shape.channels;
      }
      return own;
    });
  });
  return { network, shapes, accesses };
}

function accessOf(
  map: Access['map'] & { readonly kind?: string },
  signal: number,
  first: number,
  shape: FeatureShape,
  place: string,
): Access {
  if (!('input' in map)) {
    const all = (length: number): number[] => Array.from({ length }, (_, at) => at);
    return {
      ...{ signal, first, map, stride: null },
      distances: { y: all(shape.height), x: all(shape.width) },
    };
  }
  const { input, kernel, dilation, pads, stride } = map;
  if (input.height !== shape.height || input.width !== shape.width) {
    refuseMaps(
      place,
      `it takes planes of ${input.height} by ${input.width}, and reads planes of ${shape.height} by ${shape.width}`,
    );
  }
  return {
    ...{ signal, first, map, stride },
    distances: {
      y: tapDistances(kernel.height, dilation.height, pads.top),
      x: tapDistances(kernel.width, dilation.width, pads.left),
    },
  };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** The least binary places per layer at which the integers are the target's numbers; 0 where it pools. */
export function losslessMapPlaces({ layers }: Network): number[] {
  return layers.map((layer) =>
    layer.kind === 'max-pooling'
      ? 0
      : summands(layer).reduce(
          (most, { part }) => Math.max(most, placesOf(storedNumbers(part))),
          placesOf(layer.bias),
        ),
  );
}

/**
 * What `bits` binary places in every layer come to: those, or the lossless ones where they are fewer.
 * Weights that have taken over a divisor keep as many bits as without it: they get as many places more.
 */
export function mapPlacesWithin(network: Network, bits: number): number[] {
  const pooled = withSumPooling(network);
  const lossless = losslessMapPlaces(pooled);
  return pooled.layers.map((layer, index) => {
    const more = readsOf(layer, index).reduce((most, number) => {
      const before = number === 0 ? undefined : network.layers[number - 1];
      const divided = before !== undefined && before !== pooled.layers[number - 1];
      if (!divided || !isPoolingOf(before)) return most;
      return Math.max(most, Math.ceil(-Math.log2(before.weights.values[0] as number)));
    }, 0);
    return Math.min(lossless[index] as number, bits + more);
  });
}

/** The walk over a target's layers. */
class Lowering {
  readonly #plan: Plan;
  readonly #constant: boolean;
  readonly #emitted: Emitted[] = [];
  #state: MapState;
  /** Layers before this one are done. */
  #layer = 0;

  constructor(network: Network, signs: readonly InputSign[]) {
    this.#plan = planOf(network);
    this.#constant = needsConstant(network);
    const shape = this.#plan.shapes[0] as FeatureShape;
    const { channels, height, width } = shape;
    const whole: Held = {
      ...{ signal: 0, view: POINT, phase: HERE, only: null },
      ...{ channels, negative: false, lag: 0 },
    };
    this.#state = { plane: { height, width }, held: [whole] };
    if (signs.some((sign) => sign !== 'nonnegative')) this.#split(signs);
  }

  /** Halves of the inputs, by their signs. */
  #split(signs: readonly InputSign[]): void {
    const half = (negative: boolean): Held[] => {
      const without = negative ? 'nonnegative' : 'nonpositive';
      const only = Uint32Array.from(
        signs.flatMap((sign, channel) => (sign === without ? [] : [channel])),
      );
      if (only.length === 0) return [];
      const all = only.length === signs.length;
      const [whole] = this.#state.held as [Held];
      return [{ ...whole, only: all ? null : only, channels: only.length, negative }];
    };
    const made = [...half(false), ...half(true)];
    this.#emit('the split of the inputs', {
      ...this.#inPlace(),
      form: 'direct',
      made,
      distances: [[HERE]],
      write: ({ rows, column }) => {
        let row = 0;
        for (const { only, channels, negative } of made) {
          for (let index = 0; index < channels; index++) {
            rows.add(row++, column(0, only?.[index] ?? index, HERE), negative ? -1 : 1);
          }
        }
      },
      wanted: () => undefined,
    });
  }

  #inPlace(): Pick<BlockReading, 'stride' | 'output' | 'advance'> {
    return { stride: POINT, output: this.#state.plane, advance: POINT };
  }

  #emit(
    place: string,
    request: Omit<
      EmitRequest,
      'place' | 'places' | 'isLast' | 'unit' | 'constant' | 'mapPlane' | 'wanted'
    > &
      Partial<Pick<EmitRequest, 'places' | 'isLast' | 'unit' | 'wanted'>>,
  ): void {
    const { emitted, state } = emitBlock(this.#state, {
      ...{ place, places: 0, isLast: false, unit: 1n },
      constant: this.#constant,
      wanted: (signal, view) => this.#wanted(signal, view),
      mapPlane: (signal) => this.#plan.shapes[signal] as FeatureShape,
      ...request,
    });
    this.#emitted.push(emitted);
    this.#state = state;
  }

  /** Phases of a map that layers after this one read, if it is then held with this view. */
  #wanted(signal: number, view: PlaneSize): Place[] | undefined {
    if (signal < 0) return undefined;
    const phases = new Map<string, Place>();
    for (let index = this.#layer + 1; index < this.#plan.accesses.length; index++) {
      for (const access of this.#plan.accesses[index] as readonly Access[]) {
        if (access.signal !== signal) continue;
        for (const dy of access.distances.y) {
          for (const dx of access.distances.x) {
            const phase = { y: modulo(dy, view.height), x: modulo(dx, view.width) };
            phases.set(`${phase.y} ${phase.x}`, phase);
          }
        }
      }
    }
    return phases.size === 0
      ? undefined
      : [...phases.values()].sort((a, b) => a.y - b.y || a.x - b.x);
  }

  /** The state's maps that hold a signal, each with its index. */
  #holding(signal: number): { readonly index: number; readonly held: Held }[] {
    return this.#state.held.flatMap((held, index) =>
      held.signal === signal ? [{ index, held }] : [],
    );
  }

  /** Brings maps that lag behind the constant up to it, those that lag alike at once. */
  #raise(signals: ReadonlySet<number>, place: string): void {
    for (;;) {
      const { held } = this.#state;
      const lags = held.map(({ signal, lag }) => (signals.has(signal) ? lag : 0));
      const step = Math.min(...lags.filter((lag) => lag > 0));
      if (step === Number.POSITIVE_INFINITY) return;
      const raised = lags.map((lag) => (lag > 0 ? step : 0));
      this.#emit(place, {
        ...this.#inPlace(),
        form: 'scale',
        made: held.map((each, index) => ({ ...each, lag: each.lag - (raised[index] as number) })),
        distances: held.map(() => [HERE]),
        write: ({ rows, column }) => {
          let row = 0;
          held.forEach(({ channels }, index) => {
            const factor = 1n << BigInt(raised[index] as number);
            for (let channel = 0; channel < channels; channel++) {
              rows.add(row++, column(index, channel, HERE), factor);
            }
          });
        },
        wanted: () => undefined,
      });
    }
  }

  /** One layer of the target with its places. */
  lower(index: number, places: number, isLast: boolean): void {
    this.#layer = index;
    const layer = this.#plan.network.layers[index] as Layer;
    const place = `layer ${index + 1}`;
    const accesses = this.#plan.accesses[index] as readonly Access[];
    const signals = new Set(accesses.map(({ signal }) => signal));
    if (layer.kind === 'max-pooling' || (isPoolingOf(layer) && layer.weights.values[0] === 1)) {
      const lags = new Set(
        accesses.flatMap(({ signal }) => this.#holding(signal).map(({ held }) => held.lag)),
      );
      if (lags.size > 1) this.#raise(signals, place);
      this.#pool(layer, index + 1, accesses, place);
      return;
    }
    this.#raise(signals, place);
    this.#linear(layer, index + 1, accesses, places, isLast);
  }

  #linear(
    layer: Layer,
    signal: number,
    accesses: readonly Access[],
    places: number,
    isLast: boolean,
  ): void {
    const place = `layer ${signal}`;
    const { height, width, channels } = this.#plan.shapes[signal] as FeatureShape;
    const output = { height, width };
    const distances: Place[][] = this.#state.held.map(() => []);
    let stride: PlaneSize | null = null;
    for (const access of accesses) {
      for (const { index, held } of this.#holding(access.signal)) {
        for (const at of this.#seenFrom(access, held)) {
          const list = distances[index] as Place[];
          if (!list.some(({ y, x }) => y === at.y && x === at.x)) list.push(at);
        }
        const own = access.stride && this.#strideIn(access.stride, held.view, place);
        if (own === null) continue;
        if (stride !== null && (own.height !== stride.height || own.width !== stride.width)) {
          refuseMaps(place, 'the maps that it adds up are read with different strides');
        }
        stride = own;
      }
    }
    const direct = !isLast && places === 0 && isSumOfMaps(layer);
    this.#emit(place, {
      form: direct ? 'direct' : 'free',
      made: [{ signal, view: POINT, phase: HERE, only: null, channels, negative: false, lag: 0 }],
      distances,
      stride: stride ?? POINT,
      output,
      advance: stride ?? this.#state.plane,
      places,
      unit: 1n << BigInt(places),
      isLast,
      write: (block) => {
        for (const access of accesses) this.#writeAccess(access, places, block);
        if (!this.#constant) return;
        const bias = roundedNumbers(layer.bias, places);
        for (let row = 0; row < layer.bias.values.length; row++) {
          block.rows.add(row, block.constantColumn, bias(row));
        }
      },
    });
  }

  /** Distances in the state's plane at which an access reads what one held map holds of its signal. */
  #seenFrom({ distances }: Access, { view, phase }: Held): Place[] {
    const along = (all: readonly number[], step: number, own: number): number[] =>
      all.flatMap((at) => (modulo(at - own, step) === 0 ? [(at - own) / step] : []));
    const xs = along(distances.x, view.width, phase.x);
    return along(distances.y, view.height, phase.y).flatMap((y) => xs.map((x) => ({ y, x })));
  }

  #strideIn(stride: PlaneSize, view: PlaneSize, place: string): PlaneSize {
    const height = stride.height / view.height;
    const width = stride.width / view.width;
    if (!Number.isInteger(height) || !Number.isInteger(width)) {
      refuseMaps(place, 'it reads maps at a finer stride than layers between have left of them');
    }
    return { height, width };
  }

  /** Adds the rounded weights of one access to the rows. */
  #writeAccess(access: Access, places: number, { rows, column }: OpenBlock): void {
    const { signal, map, distances } = access;
    const shape = this.#plan.shapes[signal] as FeatureShape;
    const numbers = roundedNumbers(storedNumbers(map as ConvolutionMap | DenseMap), places);
    for (const { index, held } of this.#holding(signal)) {
      const { view, phase, only, channels, negative } = held;
      distances.y.forEach((dy, a) => {
        if (modulo(dy - phase.y, view.height) !== 0) return;
        distances.x.forEach((dx, b) => {
          if (modulo(dx - phase.x, view.width) !== 0) return;
          const at = { y: (dy - phase.y) / view.height, x: (dx - phase.x) / view.width };
          for (let position = 0; position < channels; position++) {
            const channel = only?.[position] ?? position;
            const to = column(index, position, at);
            forEachWeight(access, shape, channel, a, b, (row, weight) => {
              const value = numbers(weight);
              rows.add(row, to, negative ? -value : value);
            });
          }
        });
      });
    }
  }

  /** A maximum, or a sum of taps, of each channel. */
  #pool(
    layer: Layer & (Window | ConvolutionMap),
    signal: number,
    accesses: readonly Access[],
    place: string,
  ): void {
    const kind = layer.kind === 'max-pooling' ? 'maximum' : 'sum';
    const { kernel, stride } = layer as Window;
    const read = accesses.flatMap(({ signal: from }) => this.#holding(from));
    if (read.some(({ held }) => held.negative || held.only !== null)) {
      refuseMaps(
        place,
        'it pools inputs that may be negative; give a domain of non-negative inputs',
      );
    }
    const whole = read.every(({ held: { view } }) => view.height * view.width === 1);
    const lag = (read[0] as (typeof read)[number]).held.lag;
    /** Values of each map that is read, with how many channels it has. */
    let groups = accesses.map((access) => ({
      channels: (this.#plan.shapes[access.signal] as FeatureShape).channels,
      grid: this.#grid(access),
    }));
    const byAxis = whole && kernel.width > 1 && kernel.height > 1;
    const { height, width } = this.#plan.shapes[signal] as FeatureShape;
    const finish: Held = {
      ...{ signal, view: POINT, phase: HERE, only: null },
      ...{
        channels: groups.reduce((sum, { channels }) => sum + channels, 0),
        negative: false,
        lag,
      },
    };
    let own: PlaneSize = whole
      ? stride
      : this.#strideIn(stride, (read[0] as (typeof read)[number]).held.view, place);
    let output: PlaneSize = { height, width };
    if (byAxis) {
      // Rows first: the others wait at their own height.
      const ownHeight = own.height;
      const steps = this.#reduce(
        groups.map(({ channels, grid }) => ({ channels, values: rowAt(grid) })),
        kind,
        { height: 1, width: own.width },
        { height: this.#state.plane.height, width },
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
    this.#reduce(
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
  #grid({ signal, distances }: Access): Form[][] {
    const holding = this.#holding(signal);
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
  #reduce(
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
    for (;;) {
      const single = groups.every(({ values }) => values.length === 1);
      const pending =
        stride.height * stride.width > 1 ||
        this.#state.plane.height !== output.height ||
        this.#state.plane.width !== output.width;
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
                ...{ signal: -1, view: POINT, phase: HERE, only: null },
                ...{ channels, negative: false, lag },
              }),
            ),
          );
      this.#emitForms(
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
    }
  }

  /** A block of rows with a few signs each, every form once for each channel. */
  #emitForms(
    forms: readonly { readonly channels: number; readonly form: SignedForm }[],
    made: readonly Held[],
    stride: PlaneSize,
    output: PlaneSize,
    place: string,
  ): void {
    const distances: Place[][] = this.#state.held.map(() => []);
    for (const { form } of forms) {
      for (const { held, at } of form) {
        const list = distances[held] as Place[];
        if (!list.some(({ y, x }) => y === at.y && x === at.x)) list.push(at);
      }
    }
    this.#emit(place, {
      ...{ form: 'direct', made, distances, stride, output, advance: stride },
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

  finish(activation: IntegerNetwork['activation']): IntegerNetwork {
    const fractionalPlaces = this.#emitted.map(({ places }) => places);
    return {
      matrices: this.#emitted.map(({ matrix }) => matrix),
      constant: this.#constant,
      fractionalPlaces,
      scale: { base: 2, exponent: fractionalPlaces.reduce((sum, places) => sum + places, 0) },
      activation,
      maps: {
        input: this.#plan.shapes[0] as FeatureShape,
        blocks: this.#emitted.map(({ block }) => block),
      },
    };
  }
}

function rowAt(grid: readonly (readonly Form[])[]): Form[] {
  // All rows of taps are alike but for their distance, which the second axis adds.
  return (grid[0] as readonly Form[]).map((form) =>
    form.map(({ held, at }) => ({ held, at: { y: 0, x: at.x } })),
  );
}

/** Whether a layer adds up maps, channel by channel and as they are: a residual sum without weights. */
function isSumOfMaps(layer: Layer): boolean {
  if (layer.kind !== 'sum' || !isZero(layer.bias) || layer.parts.length > 4) return false;
  return layer.parts.every(
    ({ groups, input, kernel, weights }) =>
      groups === input.channels &&
      kernel.height * kernel.width === 1 &&
      weights.exact.size === 0 &&
      weights.values.every((value) => Math.abs(value) === 1),
  );
}

/** The rows and indices of the weights that meet one channel of a map at tap (a, b). */
function forEachWeight(
  { map, first }: Access,
  shape: FeatureShape,
  channel: number,
  a: number,
  b: number,
  visit: (row: number, weight: number) => void,
): void {
  if (!('input' in map)) {
    const input = first + (channel * shape.height + a) * shape.width + b;
    for (let row = 0; row < map.outputs; row++) visit(row, row * map.inputs + input);
    return;
  }
  const { input, output, kernel } = map;
  const { groups } = map as ConvolutionMap;
  const perGroup = input.channels / groups;
  const rowsPerGroup = output.channels / groups;
  const own = first + channel;
  const group = Math.floor(own / perGroup);
  const within = own - group * perGroup;
  for (let index = 0; index < rowsPerGroup; index++) {
    const row = group * rowsPerGroup + index;
    visit(row, ((row * perGroup + within) * kernel.height + a) * kernel.width + b);
  }
}

/** The signs of each channel of the input: of a channel with coordinates of several signs, `signed`. */
export function channelSigns(network: Network, signs: readonly InputSign[]): InputSign[] {
  const { channels, height, width } = shapeOfInput(network);
  const area = height * width;
  const last = network.channelsLast !== undefined;
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Set(
      Array.from(
        { length: area },
        (_, at) => signs[last ? at * channels + channel : channel * area + at],
      ),
    );
    return own.size === 1 ? (own.values().next().value as InputSign) : 'signed';
  });
}

/**
 * The integer network with `places[i]` binary places in layer i of `withSumPooling(network)`, rounded to
 * nearest, ties to even, for inputs whose channels have these signs. With the lossless places it is exactly
 * the target. In steps of stage `quantise`. Throws an `InputError` for what cannot be laid out.
 */
export function* lowerMapsSteps(
  network: Network,
  places: readonly number[],
  signs: readonly InputSign[],
): Steps<IntegerNetwork> {
  checkLayers(network);
  const pooled = withSumPooling(network);
  const { layers } = pooled;
  if (places.length !== layers.length) {
    throw new UsageError('places: one number for each layer is needed');
  }
  const lowering = new Lowering(pooled, signs);
  const total = layers.length;
  yield { stage: 'quantise', done: 0, total };
  for (let index = 0; index < total; index++) {
    lowering.lower(index, places[index] as number, index === total - 1);
    yield { stage: 'quantise', done: index + 1, total };
  }
  return lowering.finish((layers.at(-1) as Layer).activation);
}

/** The sign of each coordinate that the signs of its channels say. */
export function coordinateSigns(
  signs: readonly InputSign[],
  { height, width }: FeatureShape,
  channelsLast: boolean,
): InputSign[] {
  const area = height * width;
  return Array.from(
    { length: signs.length * area },
    (_, at) => signs[channelsLast ? at % signs.length : Math.floor(at / area)] as InputSign,
  );
}
