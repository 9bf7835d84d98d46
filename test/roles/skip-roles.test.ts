/**
 * Roles of skip tickets of every scheme against the layout that `find` handed out, and the rows of what they
 * name against the proof's propagation.
 */
import { describe, expect, it } from 'vitest';
import { type Role, roleAt } from '../../src/constructions/roles.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { runExact } from '../../src/inference/exact.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { trace } from '../../src/inference/trace.js';
import { integerMatrix } from '../../src/integer/integer-network.js';
import { rowOf } from '../../src/proof/row-of.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { maskSizes } from '../../src/source/shape.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { randomIntegers, SCHEMES, schemeTicket, signsFor } from '../skip-schemes.js';
import { found, smallNetwork } from './found.js';

/** Kinds of hidden neurons that blocks of each scheme have. */
const KINDS = {
  twin: ['unit', 'accumulator', 'offset', 'relay'],
  relay: ['unit', 'accumulator', 'offset', 'relay'],
  relay2: ['unit', 'accumulator', 'offset', 'relay'],
  pairs: ['unit', 'accumulator', 'offset', 'relay'],
  quads: ['unit', 'accumulator', 'offset', 'relay', 'gadget'],
  based: ['unit', 'accumulator', 'offset', 'relay', 'base', 'carrier'],
  gathered: ['gadget'],
} as const;

describe.each(SCHEMES)('roles in skip tickets by %s', (scheme) => {
  const signs = signsFor(scheme, 4, 0);
  const target = randomIntegers([4, 6, 3], [9, 6], true, 5, 4);
  const { ticket, plan, layout } = schemeTicket(scheme, target, signs);
  const roles = rolesOf(ticket, { plan });

  it('are those of the layout, and none is unknown', () => {
    expect(roles.counts.unknown).toBe(0);
    for (const { layer, neurons, roles: told } of roles.layers) {
      const placed = layout.layer(layer);
      for (const [index, role] of told.entries()) {
        expect(role).toEqual(roleAt(placed, neurons[index]));
      }
    }
    for (const kind of KINDS[scheme]) expect(roles.counts[kind], kind).toBeGreaterThan(0);
  });

  it('are unknown in hidden layers without the plan', () => {
    const { counts } = rolesOf({ ...ticket, delta: 0.3 });
    expect(counts.output).toBe(roles.counts.output);
    expect(counts.accumulator + counts.relay + counts.gadget).toBe(0);
    expect(counts.unknown).toBeGreaterThan(0);
  });

  it('fit the rows that the proof adds up', () => {
    const factor = scheme === 'quads' ? 4n : 2n;
    /** By block and output, its last accumulator so far. */
    const chains = new Map<string, readonly bigint[]>();
    let grown = 0;
    for (const { layer, block, neurons, roles: told } of roles.layers.slice(1)) {
      for (const [index, role] of told.entries()) {
        if (role.kind === 'output') continue;
        const { coefficients, relu } = rowOf(ticket, layer, neurons[index]);
        const values = coefficients.filter((value) => value !== 0n);
        if (role.kind === 'carrier') {
          expect(relu).not.toBe('zero');
          expect(values.filter((value) => value === 1n)).toHaveLength(1);
          continue;
        }
        // What is held is never negative, so ReLU changes nothing.
        expect(values.every((value) => value > 0n)).toBe(true);
        if (role.kind === 'base') expect(new Set(values)).toEqual(new Set([1n]));
        if (role.kind === 'gadget') {
          expect(values).toHaveLength(1);
          expect([2n ** BigInt(role.power), 2n ** BigInt(role.power - 1)]).toContain(values[0]);
        }
        if (role.kind !== 'accumulator') continue;
        const name = `${block} ${role.output}`;
        const before = chains.get(name);
        chains.set(name, coefficients);
        // A chain doubles (in fours twice) and takes one digit for each place.
        for (const [at, value] of (before ?? []).entries()) {
          const digit = coefficients[at] - factor * value;
          expect(digit > -factor && digit < factor).toBe(true);
          grown++;
        }
      }
    }
    expect(grown > 0).toBe(scheme !== 'gathered');
  });

  it('fit the values that a trace follows', () => {
    const input = Float64Array.from(signs, (sign, index) =>
      sign === 'nonpositive' ? -index - 2 : index + 2,
    );
    const { outputs } = trace(ticket, input);
    const exact = runExact(compileTicket(ticket), input, 1);
    expect(outputs.map(({ numerator, denominator }) => [numerator, denominator])).toEqual(
      exact.map(({ numerator, denominator }) => [numerator, denominator]),
    );
  });

  it('are unknown where an edge is kept that the layout does not keep', () => {
    const at = roles.layers.findIndex(({ roles: told }) =>
      told.some(({ kind }) => kind === 'relay' || kind === 'gadget'),
    );
    const { layer, neurons, roles: told } = roles.layers[at];
    const neuron = neurons[told.findIndex(({ kind }) => kind === 'relay' || kind === 'gadget')];
    const damaged: ConstructedTicket = {
      ...ticket,
      mask: (t) => (t === layer ? withAnother(ticket, t, neuron) : ticket.mask(t)),
    };
    const after = rolesOf(damaged, { plan }).layers[layer];
    expect(roleAt(after, neuron)).toEqual({ kind: 'unknown' });
    expect(after.roles.filter(({ kind }) => kind === 'unknown')).toHaveLength(1);
  });
});

/** A mask that keeps one more edge into a neuron, from one that others read too. */
function withAnother(ticket: ConstructedTicket, t: number, row: number) {
  const { inputs, outputs } = maskSizes(ticket.shape)[t - 1];
  const edges = edgesOf(ticket.mask(t));
  const own = new Set(edges.filter(([, to]) => to === row).map(([from]) => from));
  const other = edges.find(([from]) => !own.has(from));
  if (other === undefined) throw new Error('all edges are kept');
  return sparseMask(inputs, outputs, [...edges, [other[0], row]]);
}

describe('roles in skip tickets', () => {
  it('are told without a plan where it can be made again', () => {
    for (let seed = 0; seed < 12; seed++) {
      const { ticket, layout } = found(smallNetwork(seed), { construction: skip, delta: 1e-3 });
      const { layers, counts } = rolesOf(ticket);
      expect(counts.unknown).toBe(0);
      for (const { layer, neurons, roles } of layers) {
        const placed: (Role | undefined)[] = Array.from(neurons, (neuron) =>
          roleAt(layout.layer(layer), neuron),
        );
        expect(roles).toEqual(placed);
      }
    }
  });

  it('are unknown for a network of another class', () => {
    const { ticket } = found(smallNetwork(3), { construction: skip, delta: 1e-3 });
    const { matrices } = ticket.target;
    const [{ rows, columns }] = matrices;
    const other = integerMatrix(
      rows,
      columns,
      Array.from({ length: rows * columns }, () => 2n ** 80n),
    );
    const target = { ...ticket.target, matrices: [other, ...matrices.slice(1)] };
    const { counts } = rolesOf({ ...ticket, target });
    expect(counts.relay + counts.accumulator + counts.gadget).toBe(0);
  });
});
