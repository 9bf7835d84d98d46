/**
 * How one weight is made: the neurons that carry its input, the chain of its output, the offset, and the
 * kept edges between them, layer by layer, with the integer that the chain has come to (docs/horner.md).
 */
import type { Role } from '../constructions/roles.js';
import { checkWhole } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import { complete } from '../core/steps.js';
import { anchorOf, tapCount } from '../integer/block-maps.js';
import { type Coordinate, inputParts, type Part } from '../integer/input-parts.js';
import { bigEntry } from '../integer/integer-network.js';
import type { TicketRoles } from '../roles/roles-of.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockEndsOf, readsBeyondLayered } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { PlaneSize } from '../target/linear-map.js';
import { liveLayersSteps } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

/** Part of the ladder that a neuron stands in. */
export type LadderPart = 'carrier' | 'chain' | 'offset' | 'output';

export interface LadderNeuron {
  /** Its number in the layer. */
  readonly neuron: number;
  readonly part: LadderPart;
  /** What it holds for each unit of the input. */
  readonly coefficient: bigint;
}

export interface LadderEdge {
  /** Positions in the lists of the layer before and of this one. */
  readonly from: number;
  readonly to: number;
  readonly sign: 1 | -1;
  /** Of the layer's mask: the neuron before, or through a kernel that neuron at a tap. */
  readonly column: number;
  /** Edges from a carrier into a chain are the digits; those that were cut are listed too. */
  readonly kept: boolean;
}

export interface LadderLayer {
  /** Source layer. */
  readonly layer: number;
  readonly neurons: readonly LadderNeuron[];
  /** From the layer before. */
  readonly edges: readonly LadderEdge[];
  /** The chain's number: what its neurons hold together; in the last layer the output's. */
  readonly number: bigint;
}

export interface WeightLadder {
  /** From 1. */
  readonly block: number;
  readonly input: Coordinate;
  readonly output: Coordinate;
  readonly part: Part;
  /** Of feature maps: the kernel that the block reads its input through, and the tap of this weight. */
  readonly seen?: { readonly kernel: PlaneSize; readonly tap: number };
  /** The integer that the block's output has at this input. */
  readonly integer: bigint;
  /** Fractional places: the weight is the integer times `base^-places`. */
  readonly places: number;
  readonly base: 2 | 10;
  /** What the offset has come to where it is taken away; 0 if nothing is. */
  readonly offset: bigint;
  /** The block's input layer first. */
  readonly layers: readonly LadderLayer[];
}

/** What a ladder is read from: a ticket's live layers and the roles of their neurons. */
export interface LadderSource {
  readonly ticket: ConstructedTicket;
  readonly roles: Pick<TicketRoles, 'layers'>;
  readonly live: readonly PrunedLayer[];
}

/** Reads the masks once, for any number of ladders. */
export function ladderSource(ticket: ConstructedTicket, roles: TicketRoles): LadderSource {
  return { ticket, roles, live: complete(liveLayersSteps(ticket), {}) };
}

/** An index of a matrix in the words of the roles. */
function coordinate(index: number, count: number, constant: boolean): Coordinate {
  return constant && index === count - 1 ? 'constant' : index;
}

/**
 * The ladder of the weight from `column` into `row` of a block's matrix (from 0; the constant is the last
 * column). Of an input of unknown sign it is that of its positive part. Of feature maps a column is a channel at
 * a tap of the kernel, and the ladder is the same at every position. Throws a `UsageError` for an entry that
 * the matrix does not have, and an `InputError` where the block has no chains of horner.
 */
export function weightLadder(
  { ticket, roles, live }: LadderSource,
  block: number,
  row: number,
  column: number,
): WeightLadder {
  const { target, shape, seed, inputSigns } = ticket;
  if (ticket.construction !== 'horner' || readsBeyondLayered(shape) !== null) {
    throw new InputError({
      place: 'metadata "construction"',
      problem: `ladders are drawn of tickets of horner, and this is one of ${ticket.construction}`,
      remedy: 'find the network with horner',
    });
  }
  const { matrices, constant, fractionalPlaces, scale } = target;
  checkWhole('block', block, 1, matrices.length);
  const matrix = matrices[block - 1];
  checkWhole('row', row, 0, matrix.rows - 1);
  checkWhole('column', column, 0, matrix.columns - 1);
  const output = coordinate(row, matrix.rows, constant && block < matrices.length);
  const window = target.maps?.blocks[block - 1].window;
  const inputs = matrix.columns - (constant ? 1 : 0);
  const [held] = inputParts({ block, inputs, constant, inputSigns, window }).filter(
    (each) => each.column === column,
  );
  const { input, part, tap } = held;
  const taps = window === undefined ? 1 : tapCount(window);
  // The constant is seen at the anchor.
  const seenAt = tap ?? (window === undefined ? 0 : anchorOf(window));
  const ends = blockEndsOf(shape);
  const last = ends[block - 1];
  const before = ends[block - 2] ?? 0;
  const source = createSource(seed, shape);

  const partOf = (role: Role): LadderPart | undefined => {
    if (role.kind === 'offset') return 'offset';
    if (role.kind === 'carrier') {
      const isOwn = role.input === input && role.part === part && role.tap === tap;
      return isOwn ? 'carrier' : undefined;
    }
    if (role.kind === 'accumulator') return role.output === output ? 'chain' : undefined;
    return role.kind === 'output' && role.output === output ? 'output' : undefined;
  };
  const isInput = (role: Role): boolean =>
    before === 0
      ? role.kind === 'input' && role.input === input
      : role.kind === 'output' && role.output === input;

  const start = roles.layers[before];
  const first = start.roles.findIndex(isInput);
  const unit = part === 'negative' ? -1n : 1n;
  const begins = first < 0 ? -1 : first * taps + seenAt;
  let values: bigint[] = Array.from({ length: start.neurons.length * taps }, (_, at) =>
    at === begins ? unit : 0n,
  );
  const layers: LadderLayer[] = [
    {
      layer: before,
      neurons:
        first < 0 ? [] : [{ neuron: start.neurons[first], part: 'carrier', coefficient: unit }],
      edges: [],
      number: 0n,
    },
  ];
  let offset = 0n;
  let chains = 0;
  for (let t = before + 1; t <= last; t++) {
    const { neurons, offsets, edges } = live[t - 1];
    values = Array.from(neurons, (_, at) => {
      let sum = 0n;
      for (let edge = offsets[at]; edge < offsets[at + 1]; edge++) {
        const value = values[edges[edge] >>> 1] ?? 0n;
        sum += edges[edge] & 1 ? -value : value;
      }
      return sum < 0n && t < last ? 0n : sum;
    });
    const shown: LadderNeuron[] = [];
    roles.layers[t].neurons.forEach((neuron, at) => {
      const role = roles.layers[t].roles[at];
      const found = t === last && role.kind !== 'output' ? undefined : partOf(role);
      // A map that is handed on is carried up to the outputs, and makes no weight there.
      if (found === 'carrier' && t === last - 1) return;
      if (found !== undefined) shown.push({ neuron, part: found, coefficient: values[at] });
    });
    const sumOf = (name: LadderPart): bigint =>
      shown.reduce((sum, each) => (each.part === name ? sum + each.coefficient : sum), 0n);
    chains += shown.filter(({ part: of }) => of === 'chain').length;
    const previous = layers[layers.length - 1].neurons;
    const signs = source.layer(t);
    // Through a kernel each neuron before is a column for each tap.
    const columnOf = (neuron: number): number =>
      t === before + 1 ? neuron * taps + seenAt : neuron;
    const columns = t === before + 1 ? start.neurons : live[t - 2].neurons;
    const isKept = keptBy(live[t - 1], columns, t === before + 1 ? { taps, tap: seenAt } : POINT);
    const listed: LadderEdge[] = [];
    shown.forEach((to, toAt) => {
      previous.forEach((from, fromAt) => {
        const kept = isKept(from.neuron, to.neuron);
        const isDigit = from.part === 'carrier' && (to.part === 'chain' || to.part === 'offset');
        if (!kept && !isDigit) return;
        listed.push({
          from: fromAt,
          to: toAt,
          column: columnOf(from.neuron),
          sign: signs.sign(columnOf(from.neuron), to.neuron),
          kept,
        });
      });
    });
    if (t === last) {
      const end = shown.findIndex((each) => each.part === 'output');
      const taken = listed.filter(
        ({ from, to, kept }) => kept && to === end && previous[from].part === 'offset',
      );
      offset = taken.reduce((sum, { from }) => sum + previous[from].coefficient, 0n);
    }
    const number = t === last ? sumOf('output') : sumOf('chain');
    layers.push({ layer: t, neurons: shown, edges: listed, number });
  }
  const integer = bigEntry(matrix, row * matrix.columns + column);
  if (chains === 0 && integer !== 0n) {
    throw new InputError({
      place: `block ${block}`,
      problem: 'its weights are not made by chains whose layers are known',
      remedy:
        target.maps === undefined
          ? 'choose a ticket of the construction horner, without chains in fours'
          : 'choose a weight of a convolution or a dense layer, not of maps that are handed on or pooled',
    });
  }
  const places = fractionalPlaces[block - 1];
  return {
    ...{ block, input, output, part, integer, places, base: scale.base, offset, layers },
    ...(window !== undefined && tap !== undefined && { seen: { kernel: window.kernel, tap } }),
  };
}

/** Without a kernel a neuron is a column. */
const POINT = { taps: 1, tap: 0 };

/** Whether a live layer keeps the edge between two neurons, of the list before at this tap of so many. */
function keptBy(
  { neurons, offsets, edges }: PrunedLayer,
  before: Uint32Array,
  { taps, tap }: typeof POINT,
): (from: number, to: number) => boolean {
  const position = (list: Uint32Array, neuron: number): number => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (list[middle] < neuron) low = middle + 1;
      else high = middle;
    }
    return list[low] === neuron ? low : -1;
  };
  return (from, to) => {
    const at = position(neurons, to);
    const source = position(before, from);
    if (at < 0 || source < 0) return false;
    for (let edge = offsets[at]; edge < offsets[at + 1]; edge++) {
      if (edges[edge] >>> 1 === source * taps + tap) return true;
    }
    return false;
  };
}
