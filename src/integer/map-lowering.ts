/** The blocks that a target of feature maps becomes, one after another, and those of its linear layers. */
import { isZero } from '../target/exact-array.js';
import {
  type ConvolutionMap,
  type DenseMap,
  type FeatureShape,
  type PlaneSize,
  storedNumbers,
} from '../target/linear-map.js';
import type { InputSign, Layer, Network } from '../target/network.js';
import type { IntegerNetwork } from './integer-network.js';
import { roundedNumbers } from './integer-rows.js';
import { type Access, forEachWeight, type MapPlan, mapPlanOf, modulo } from './map-accesses.js';
import {
  type BlockReading,
  type EmitRequest,
  type Emitted,
  emitBlock,
  extentOf,
  type Held,
  type MapState,
  type OpenBlock,
  type Place,
  PlaceSet,
  planeOver,
  refuseMaps,
  shortOf,
  TIGHT,
} from './map-state.js';
import { needsConstant } from './quantize.js';

export const POINT: PlaneSize = { height: 1, width: 1 };
export const HERE: Place = { y: 0, x: 0 };

/** The blocks so far, and what has to be known to go on; `lowerMapsSteps` walks over the layers. */
export class MapLowering {
  readonly plan: MapPlan;
  readonly #constant: boolean;
  readonly #emitted: Emitted[] = [];
  state: MapState;
  /** The layer being lowered, from 0: those before it are done. */
  layer = 0;

  constructor(network: Network, signs: readonly InputSign[]) {
    this.plan = mapPlanOf(network);
    this.#constant = needsConstant(network);
    const shape = this.plan.shapes[0] as FeatureShape;
    const { channels, height, width } = shape;
    const whole: Held = {
      ...{ signal: 0, view: POINT, phase: HERE, loose: TIGHT, only: null },
      ...{ channels, negative: false, lag: 0 },
    };
    this.state = { plane: { height, width }, held: [whole] };
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
      const [whole] = this.state.held as [Held];
      return [{ ...whole, only: all ? null : only, channels: only.length, negative }];
    };
    const made = [...half(false), ...half(true)];
    this.emit('the split of the inputs', {
      ...this.inPlace(),
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

  inPlace(): Pick<BlockReading, 'stride' | 'output' | 'advance'> {
    return { stride: POINT, output: this.state.plane, advance: POINT };
  }

  emit(
    place: string,
    request: Omit<
      EmitRequest,
      'place' | 'places' | 'isLast' | 'unit' | 'constant' | 'mapPlane' | 'wanted'
    > &
      Partial<Pick<EmitRequest, 'places' | 'isLast' | 'unit' | 'wanted'>>,
  ): void {
    const { emitted, state } = emitBlock(this.state, {
      ...{ place, places: 0, isLast: false, unit: 1n },
      constant: this.#constant,
      wanted: (signal, view) => this.#wanted(signal, view),
      mapPlane: (signal) => this.plan.shapes[signal] as FeatureShape,
      ...request,
    });
    this.#emitted.push(emitted);
    this.state = state;
  }

  /** Phases of a map that layers after this one read, if it is then held with this view. */
  #wanted(signal: number, view: PlaneSize): Place[] | undefined {
    if (signal < 0) return undefined;
    const phases = new Map<string, Place>();
    for (let index = this.layer + 1; index < this.plan.accesses.length; index++) {
      for (const access of this.plan.accesses[index] as readonly Access[]) {
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
  holding(signal: number): { readonly index: number; readonly held: Held }[] {
    return this.state.held.flatMap((held, index) =>
      held.signal === signal ? [{ index, held }] : [],
    );
  }

  /** Brings maps that lag behind the constant up to it, those that lag alike at once. */
  raise(signals: ReadonlySet<number>, place: string): void {
    for (;;) {
      const { held } = this.state;
      const lags = held.map(({ signal, lag }) => (signals.has(signal) ? lag : 0));
      const step = Math.min(...lags.filter((lag) => lag > 0));
      if (step === Number.POSITIVE_INFINITY) return;
      const raised = lags.map((lag) => (lag > 0 ? step : 0));
      this.emit(place, {
        ...this.inPlace(),
        form: 'scale',
        made: held.map((each, index) => ({ ...each, lag: each.lag - (raised[index] as number) })),
        distances: held.map(() => [HERE]),
        write: copiesOf(held, (index) => 1n << BigInt(raised[index] as number)),
        wanted: () => undefined,
      });
    }
  }

  /**
   * Cuts the plane down to what maps need of it, where a layer takes zeros for granted behind a map's end and the
   * larger plane that the map is in holds something else there.
   */
  cutFor(signal: number, accesses: readonly Access[], place: string): void {
    if (!this.#readsBehind(signal, accesses)) return;
    const { held } = this.state;
    const extents = held.map((each) =>
      extentOf(each, this.plan.shapes[each.signal] as FeatureShape),
    );
    const output = planeOver(extents);
    this.emit(place, {
      ...{ form: 'direct', stride: POINT, output, advance: POINT },
      made: held.map((each, index) => {
        const short = shortOf(extents[index] as PlaneSize, output);
        return { ...each, loose: { y: each.loose.y && short.y, x: each.loose.x && short.x } };
      }),
      distances: held.map(() => [HERE]),
      write: copiesOf(held, () => 1),
      wanted: () => undefined,
    });
    if (!this.#readsBehind(signal, accesses)) return;
    refuseMaps(
      place,
      'it pads maps with zeros, which maps of a larger plane that are still needed have no room for',
    );
  }

  /** Whether an access goes behind the end of a map that is loose there. */
  #readsBehind(to: number, accesses: readonly Access[]): boolean {
    const output = this.plan.shapes[to] as FeatureShape;
    return accesses.some(({ signal, distances, stride }) => {
      const { height, width } = this.plan.shapes[signal] as FeatureShape;
      const behind = {
        y: (output.height - 1) * stride.height + lastOf(distances.y) >= height,
        x: (output.width - 1) * stride.width + lastOf(distances.x) >= width,
      };
      return this.holding(signal).some(
        ({ held: { loose } }) => (loose.y && behind.y) || (loose.x && behind.x),
      );
    });
  }

  linear(
    layer: Layer,
    signal: number,
    accesses: readonly Access[],
    places: number,
    isLast: boolean,
  ): void {
    const place = `layer ${signal}`;
    const { height, width, channels } = this.plan.shapes[signal] as FeatureShape;
    const output = { height, width };
    const distances = this.state.held.map(() => new PlaceSet());
    const strides: PlaneSize[] = [];
    for (const access of accesses) {
      for (const { index, held } of this.holding(access.signal)) {
        for (const at of this.#seenFrom(access, held)) (distances[index] as PlaceSet).add(at);
        strides.push(this.strideIn(access.stride, held.view, output, place));
      }
    }
    const [stride = POINT] = strides;
    if (strides.some((own) => own.height !== stride.height || own.width !== stride.width)) {
      refuseMaps(place, 'the maps that it adds up are read with different strides');
    }
    const direct = !isLast && places === 0 && isSumOfMaps(layer);
    const groups = direct ? undefined : this.#groupsOf(accesses);
    this.emit(place, {
      ...(groups && { groups }),
      form: direct ? 'direct' : 'free',
      made: [
        {
          ...{ signal, view: POINT, phase: HERE, loose: TIGHT },
          ...{ only: null, channels, negative: false, lag: 0 },
        },
      ],
      distances: distances.map((own) => own.list),
      stride,
      output,
      advance: this.advance(stride, output),
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

  /**
   * The groups of a grouped convolution of one map, all of whose channels lie side by side, in both of its halves
   * where it is signed. Inputs whose signs differ by channel have unequal groups; those, and phases, have none here.
   */
  #groupsOf(accesses: readonly Access[]): EmitRequest['groups'] {
    const [access] = accesses as readonly [Access];
    const { map, signal } = access;
    if (accesses.length !== 1 || !('groups' in map) || map.groups === 1) return undefined;
    const holding = this.holding(signal);
    if (holding.some(({ held }) => held.only !== null)) return undefined;
    const hasPhases = holding.some(({ held: { view } }) => view.height * view.width > 1);
    if (holding.length > 1 && hasPhases) return undefined;
    return { count: map.groups, held: holding.map(({ index }) => index) };
  }

  /** Distances in the state's plane at which an access reads what one held map holds of its signal. */
  #seenFrom({ distances }: Access, { view, phase }: Held): Place[] {
    const along = (all: readonly number[], step: number, own: number): number[] =>
      all.flatMap((at) => (modulo(at - own, step) === 0 ? [(at - own) / step] : []));
    const xs = along(distances.x, view.width, phase.x);
    return along(distances.y, view.height, phase.y).flatMap((y) => xs.map((x) => ({ y, x })));
  }

  /**
   * A map's stride in the plane that holds it with this view; along an axis with one position to come the
   * whole plane.
   */
  strideIn(stride: PlaneSize, view: PlaneSize, output: PlaneSize, place: string): PlaneSize {
    const { plane } = this.state;
    const height = output.height === 1 ? plane.height : stride.height / view.height;
    const width = output.width === 1 ? plane.width : stride.width / view.width;
    if (!Number.isInteger(height) || !Number.isInteger(width)) {
      refuseMaps(place, 'it reads maps at a finer stride than layers between have left of them');
    }
    return { height, width };
  }

  /** How many positions one of the next plane stands for: all of them along an axis with one to come. */
  advance(stride: PlaneSize, output: PlaneSize): PlaneSize {
    const { height, width } = this.state.plane;
    return {
      height: output.height === 1 ? height : stride.height,
      width: output.width === 1 ? width : stride.width,
    };
  }

  /** Adds the rounded weights of one access to the rows. */
  #writeAccess(access: Access, places: number, { rows, column }: OpenBlock): void {
    const { signal, map, distances } = access;
    const shape = this.plan.shapes[signal] as FeatureShape;
    const numbers = roundedNumbers(storedNumbers(map as ConvolutionMap | DenseMap), places);
    for (const { index, held } of this.holding(signal)) {
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

  finish(activation: IntegerNetwork['activation']): IntegerNetwork {
    const fractionalPlaces = this.#emitted.map(({ places }) => places);
    return {
      matrices: this.#emitted.map(({ matrix }) => matrix),
      constant: this.#constant,
      fractionalPlaces,
      scale: { base: 2, exponent: fractionalPlaces.reduce((sum, places) => sum + places, 0) },
      activation,
      maps: {
        input: this.plan.shapes[0] as FeatureShape,
        blocks: this.#emitted.map(({ block }) => block),
      },
    };
  }
}

/** Rows of all held maps in order, each number times the map's factor. */
function copiesOf(held: readonly Held[], factorOf: (index: number) => number | bigint) {
  return ({ rows, column }: OpenBlock): void => {
    let row = 0;
    held.forEach(({ channels }, index) => {
      const factor = factorOf(index);
      for (let channel = 0; channel < channels; channel++) {
        rows.add(row++, column(index, channel, HERE), factor);
      }
    });
  };
}

/** Over a large plane there are more distances than a call takes arguments. */
function lastOf(distances: readonly number[]): number {
  return distances.reduce((most, at) => Math.max(most, at), 0);
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
