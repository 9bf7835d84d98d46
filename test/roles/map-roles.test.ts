/**
 * Roles in tickets of feature maps against the layout that `find` handed out, rows and traces of what they name
 * against the integer network, evaluated here position by position.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { isMapsPlan, type MapsPlan } from '../../src/constructions/maps/plan.js';
import type { NeuronLayout, Role } from '../../src/constructions/roles.js';
import { roleAt } from '../../src/constructions/roles.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { InputError, MisfitError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { runMapsExactSteps } from '../../src/inference/map-engines.js';
import { compileMapsSteps } from '../../src/inference/map-program.js';
import { type Trace, trace } from '../../src/inference/trace.js';
import { anchorOf, columnPlaces, planesBetween } from '../../src/integer/block-maps.js';
import type { Coordinate } from '../../src/integer/input-parts.js';
import { bigEntry } from '../../src/integer/integer-network.js';
import { rowOf } from '../../src/proof/row-of.js';
import type { TicketRoles } from '../../src/roles/roles-of.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { blockEndsOf } from '../../src/source/shape.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { found } from './found.js';

const CONSTRUCTIONS = { horner, skip } as const;
type Name = keyof typeof CONSTRUCTIONS;

interface Case {
  readonly ticket: ConstructedTicket;
  readonly layout: NeuronLayout;
  readonly plan: MapsPlan;
  readonly roles: TicketRoles;
}

/** Networks of all kinds of layers: those whose maps are handed on, pooled, brought to a scale, of either sign. */
function caseOf(name: Name, seed: number): Case {
  const network = randomMapNetwork({
    ...{ seed, layers: 3 + (seed % 3), side: 4, bits: 3 + (seed % 3) },
    domain: seed % 4 === 3 ? 'all' : 'box',
    channelsLast: seed % 5 === 0,
  });
  const construction = CONSTRUCTIONS[name];
  const delta = [1e-1, 1e-3][seed % 2];
  const { ticket, layout, plan } = found(network, { construction, delta });
  if (!isMapsPlan(plan)) throw new Error('a plan of no maps');
  return { ticket, layout, plan, roles: rolesOf(ticket) };
}

/** The values of a block's input and output maps, channel by channel, the constant's last. */
interface Maps {
  readonly values: readonly bigint[];
  readonly width: number;
  readonly height: number;
}

/** What channel `channel` is at tap `tap` of the block's window, seen from an output position. */
function seenAt(
  { target }: ConstructedTicket,
  block: number,
  before: Maps,
  channel: number,
  tap: number | undefined,
  [y, x]: readonly [number, number],
): bigint {
  const area = before.width * before.height;
  const window = target.maps?.blocks[block].window;
  if (window === undefined) return before.values[channel * area + y * before.width + x];
  const at = tap ?? anchorOf(window);
  const row =
    y * window.stride.height -
    window.pads.top +
    Math.floor(at / window.kernel.width) * window.dilation.height;
  const column =
    x * window.stride.width - window.pads.left + (at % window.kernel.width) * window.dilation.width;
  const inside = row >= 0 && row < before.height && column >= 0 && column < before.width;
  return inside ? before.values[channel * area + row * before.width + column] : 0n;
}

/** A block's outputs at all positions, before ReLU, from its matrix. */
function blockOutputs(ticket: ConstructedTicket, block: number, before: Maps): Maps {
  const { target } = ticket;
  const { maps, constant, matrices } = target;
  if (maps === undefined) throw new Error('no maps');
  const matrix = matrices[block];
  const { height, width } = planesBetween(maps)[block + 1];
  const { window } = maps.blocks[block];
  const places = window && columnPlaces(window);
  const taps = window === undefined ? 1 : window.kernel.height * window.kernel.width;
  const channels = before.values.length / (before.width * before.height);
  const values: bigint[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    for (let position = 0; position < height * width; position++) {
      const at = [Math.floor(position / width), position % width] as const;
      let sum = 0n;
      for (let column = 0; column < matrix.columns; column++) {
        const entry = bigEntry(matrix, row * matrix.columns + column);
        if (entry === 0n) continue;
        const isConstant = constant && column === matrix.columns - 1;
        const place = places?.[column] ?? column;
        const channel = isConstant ? channels - 1 : Math.floor(place / taps);
        sum +=
          entry * seenAt(ticket, block, before, channel, isConstant ? undefined : place % taps, at);
      }
      values.push(sum);
    }
  }
  return { values, height, width };
}

function relu({ values, ...plane }: Maps): Maps {
  return { ...plane, values: values.map((value) => (value < 0n ? 0n : value)) };
}

/** An input whose coordinates are small dyadic numbers of the signs of the domain. */
function inputFor(ticket: ConstructedTicket, seed: number): Float64Array {
  const { maps } = ticket.target;
  if (maps === undefined) throw new Error('no maps');
  const random = randomStream(seed);
  const signed = ticket.inputSigns.includes('signed');
  const { channels, height, width } = maps.input;
  return Float64Array.from(
    { length: channels * height * width },
    () => (Math.floor(random() * 16) - (signed ? 8 : 0)) / 16,
  );
}

/** Checks one ticket on one input; returns the kinds of roles that were seen, with their tapped ones. */
function checkValues({ ticket, roles }: Case, traced: Trace, name: Name): Set<string> {
  const seen = new Set<string>();
  const ends = blockEndsOf(ticket.shape);
  const { constant, matrices } = ticket.target;
  const first = traced.layers[0];
  let before: Maps = {
    values: first.values,
    ...(first.plane as { height: number; width: number }),
  };
  for (const [block, end] of ends.entries()) {
    const outputs = blockOutputs(ticket, block, before);
    const isLast = block === ends.length - 1;
    const after = isLast && ticket.target.activation === 'identity' ? outputs : relu(outputs);
    const channels = before.values.length / (before.width * before.height);
    const carried = constant && !isLast ? 1 : 0;
    const area = after.width * after.height;
    const numberOf = (coordinate: Coordinate, count: number): number =>
      coordinate === 'constant' ? count - 1 : coordinate;
    for (let t = (ends[block - 1] ?? 0) + 1; t <= end; t++) {
      const { neurons, values, plane } = traced.layers[t];
      expect(neurons).toEqual(roles.layers[t].neurons);
      expect(plane).toEqual({ height: after.height, width: after.width });
      expect(values).toHaveLength(neurons.length * area);
      for (const [at, role] of roles.layers[t].roles.entries()) {
        const held = values.slice(at * area, (at + 1) * area);
        const expected = (factor: bigint): bigint[] =>
          Array.from({ length: area }, (_, position) => {
            if (role.kind === 'output') {
              const row = numberOf(role.output, matrices[block].rows);
              return after.values[row * area + position];
            }
            if (!('part' in role)) throw new Error('a role of no input');
            const channel = numberOf(role.input, channels);
            const place = [Math.floor(position / after.width), position % after.width] as const;
            const value = seenAt(ticket, block, before, channel, role.tap, place);
            const part = role.part === 'negative' ? -value : value;
            return factor * (part < 0n ? 0n : part);
          });
        if (role.kind === 'output') expect(held).toEqual(expected(1n));
        if (role.kind === 'carrier') expect(held).toEqual(expected(1n));
        if (role.kind === 'gadget') {
          const power = 2n ** BigInt(role.power);
          const texts = [expected(power), ...(name === 'skip' ? [expected(power / 2n)] : [])].map(
            String,
          );
          expect(texts).toContain(String(held));
        }
        seen.add('tap' in role ? `${role.kind} at a tap` : role.kind);
      }
    }
    expect(matrices[block].rows - carried).toBe(after.values.length / area - carried);
    before = after;
  }
  return seen;
}

/** What a neuron's row makes of the block's input, at all positions. */
function valuesOfRow(
  ticket: ConstructedTicket,
  block: number,
  before: Maps,
  layer: number,
  neuron: number,
  plane: { height: number; width: number },
): bigint[] {
  const { variables, coefficients } = rowOf(ticket, layer, neuron);
  const channels = before.values.length / (before.width * before.height);
  return Array.from({ length: plane.height * plane.width }, (_, position) => {
    const at = [Math.floor(position / plane.width), position % plane.width] as const;
    return coefficients.reduce((sum, value, index) => {
      const { input, part, tap } = variables[index];
      const channel = input === 'constant' ? channels - 1 : input;
      const own = seenAt(ticket, block, before, channel, tap, at);
      const half = part === 'negative' ? -own : own;
      return sum + value * (half < 0n ? 0n : half);
    }, 0n);
  });
}

describe.each(['horner', 'skip'] as const)('roles in tickets of feature maps by %s', (name) => {
  const cases: Case[] = [];
  beforeAll(() => {
    for (let seed = 0; seed < 7; seed++) cases.push(caseOf(name, seed));
  });

  it('are those of the layout, and none is unknown', () => {
    for (const { layout, roles } of cases) {
      for (const { layer, block, level, neurons, roles: told } of roles.layers) {
        const placed = layout.layer(layer);
        expect(placed).toMatchObject({ layer, block, level });
        expect(told).toEqual(Array.from(neurons, (neuron) => roleAt(placed, neuron)));
      }
      expect(roles).toMatchObject({ open: 0, counts: { unknown: 0 } });
    }
  });

  it('hold in a trace, at every position, what the integer network holds there', () => {
    const seen = new Set<string>();
    for (const [index, each] of cases.entries()) {
      const input = inputFor(each.ticket, index);
      const traced = trace(each.ticket, input);
      for (const kind of checkValues(each, traced, name)) seen.add(kind);
      const program = complete(compileMapsSteps(each.ticket));
      const exact = complete(runMapsExactSteps(program, each.ticket.target, input, 1));
      expect(traced.outputs).toEqual(exact);
    }
    const kinds = name === 'horner' ? ['offset', 'gadget'] : ['relay', 'gadget', 'unit'];
    for (const kind of ['output', 'carrier', 'carrier at a tap', 'accumulator', ...kinds]) {
      expect([...seen], kind).toContain(kind);
    }
  });

  it('belong to rows that make what a trace holds', () => {
    let rows = 0;
    for (const [index, { ticket, roles }] of cases.slice(0, 6).entries()) {
      const traced = trace(ticket, inputFor(ticket, index));
      const ends = blockEndsOf(ticket.shape);
      const [first] = traced.layers;
      let before: Maps = {
        values: first.values,
        ...(first.plane as { height: number; width: number }),
      };
      for (const [block, end] of ends.entries()) {
        const start = (ends[block - 1] ?? 0) + 1;
        for (let t = start; t <= end; t += 3) {
          const { neurons, values, plane } = traced.layers[t];
          if (plane === undefined) throw new Error('no plane');
          const area = plane.height * plane.width;
          for (let at = t % 4; at < neurons.length; at += 4) {
            const sums = valuesOfRow(ticket, block, before, t, neurons[at], plane);
            const linear = t === roles.layers.length - 1 && ticket.target.activation === 'identity';
            const held = sums.map((sum) => (linear || sum > 0n ? sum : 0n));
            expect(values.slice(at * area, (at + 1) * area)).toEqual(held);
            rows++;
          }
        }
        before = relu(blockOutputs(ticket, block, before));
      }
    }
    expect(rows).toBeGreaterThan(150);
  });
});

/** The coefficients of the neurons of a layer with some role, added up. */
function sumOfRows({ ticket, roles }: Case, layer: number, has: (role: Role) => boolean): bigint[] {
  const { neurons, roles: told } = roles.layers[layer];
  let sum: bigint[] = [];
  for (const [at, role] of told.entries()) {
    if (!has(role)) continue;
    const { coefficients } = rowOf(ticket, layer, neurons[at]);
    sum = coefficients.map((value, index) => value + (sum[index] ?? 0n));
  }
  return sum;
}

describe('roles of horner over feature maps', () => {
  it('say which chain makes which weights of which tap: what it adds up to, less the offset, is the row', () => {
    let weights = 0;
    for (const seed of [1, 2]) {
      const each = caseOf('horner', seed);
      const { ticket, roles } = each;
      const ends = blockEndsOf(ticket.shape);
      for (const [block, end] of ends.entries()) {
        const matrix = ticket.target.matrices[block];
        const hidden = roles.layers[end - 1];
        if (!hidden.roles.some(({ kind }) => kind === 'offset')) continue;
        const [offset] = [...hidden.roles.entries()].filter(([, { kind }]) => kind === 'offset');
        const base = rowOf(ticket, end - 1, hidden.neurons[offset[0]]).coefficients;
        const outputs = new Set(
          hidden.roles.flatMap((role) => (role.kind === 'accumulator' ? [role.output] : [])),
        );
        for (const output of outputs) {
          if (output === 'constant') continue;
          const sum = sumOfRows(each, end - 1, (role) => {
            return role.kind === 'accumulator' && role.output === output;
          });
          for (const [column, value] of sum.entries()) {
            expect(value - base[column]).toBe(bigEntry(matrix, output * matrix.columns + column));
            weights++;
          }
        }
      }
    }
    expect(weights).toBeGreaterThan(50);
  });
});

/** A ticket that keeps one more edge, from a neuron that another reads, if there is such a pair. */
function withAnother(ticket: ConstructedTicket, layer: number, pick: (count: number) => number) {
  const { inputs, outputs, ...mask } = ticket.mask(layer);
  const edges = edgesOf({ inputs, outputs, ...mask } as ReturnType<typeof ticket.mask>);
  const column = edges[pick(edges.length)][0];
  const row = edges[pick(edges.length)][1];
  const changed = sparseMask(inputs, outputs, [
    ...edges.filter((kept) => String(kept) !== String([column, row])),
    [column, row],
  ]);
  return { ...ticket, mask: (t: number) => (t === layer ? changed : ticket.mask(t)) };
}

describe('roles over feature maps, of what find did not make', () => {
  it.each([
    ['horner', 'in other blocks'],
    ['skip', 'anywhere'],
  ] as const)('by %s are never others than placed %s', (name, _where) => {
    const { ticket, layout, plan } = caseOf(name, 2);
    const random = randomStream(9);
    const pick = (count: number): number => Math.floor(random() * count);
    let unknown = 0;
    for (let trial = 0; trial < 8; trial++) {
      const at = 1 + pick(ticket.shape.layers.length);
      const roles = rolesOf(withAnother(ticket, at, pick), { plan });
      unknown += roles.counts.unknown;
      for (const { layer, block, neurons, roles: told } of roles.layers) {
        // Chains are read from who reads whom, so that one edge may change who is in one.
        if (name === 'horner' && block === roles.layers[at].block) continue;
        const placed = layout.layer(layer);
        for (const [index, role] of told.entries()) {
          if (role.kind !== 'unknown') expect(role).toEqual(roleAt(placed, neurons[index]));
        }
      }
    }
    expect(unknown).toBeGreaterThan(0);
  });

  it('refuse kernels that are not those of the integer network, and rows through taps that it does not read', () => {
    const { ticket } = caseOf('horner', 1);
    const tapped = ticket.shape.layers.findIndex(({ kernel }) => kernel !== undefined);
    const layers = ticket.shape.layers.map((layer, index) =>
      index === tapped ? { ...layer, kernel: { height: 5, width: 5 } } : layer,
    );
    const shape = { ...ticket.shape, layers };
    expect(() => rolesOf({ ...ticket, shape })).toThrow(MisfitError);
    expect(() => trace({ ...ticket, shape }, inputFor(ticket, 1))).toThrow(MisfitError);
    expect(() => rowOf({ ...ticket, shape }, 1, 0)).toThrow(MisfitError);
    expect(() => trace(ticket, new Float64Array(3))).toThrow(InputError);
    expect(() => trace(ticket, inputFor(ticket, 1), { memory: 2 ** 20 })).toThrow(/memory/);
  });
});
