/** Rows of single neurons, against the integer network, the roles and exact values of inputs. */
import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError, MisfitError, UsageError } from '../../src/core/errors.js';
import { type Trace, trace } from '../../src/inference/trace.js';
import { bigEntry } from '../../src/integer/integer-network.js';
import { type NeuronRow, rowOf } from '../../src/proof/row-of.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { blockEndsOf, depthOf, maskSizes, widthOf } from '../../src/source/shape.js';
import type { InputSign } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { found, smallNetwork } from '../roles/found.js';

function inputFor(signs: readonly InputSign[], random: () => number): Float64Array {
  return Float64Array.from(signs, (sign) => {
    const size = Math.floor(random() * 20);
    return sign === 'nonnegative' ? size : sign === 'nonpositive' ? -size : size - 10;
  });
}

/** Values of a block's variables in a trace (of whole numbers). */
function variablesIn(ticket: ConstructedTicket, traced: Trace, row: NeuronRow): bigint[] {
  const start = blockEndsOf(ticket.shape)[row.block - 2] ?? 0;
  const { neurons, values } = traced.layers[start];
  return row.variables.map(({ column, part }) => {
    const neuron = row.block === 1 ? column : ticket.assignments[row.block - 2][column];
    const index = neurons.indexOf(neuron);
    const value = index < 0 ? 0n : values[index];
    const own = part === 'negative' ? -value : value;
    return own > 0n ? own : 0n;
  });
}

function sumAt(ticket: ConstructedTicket, traced: Trace, row: NeuronRow): bigint {
  const variables = variablesIn(ticket, traced, row);
  return row.coefficients.reduce((sum, factor, index) => sum + factor * variables[index], 0n);
}

describe('rowOf', () => {
  it('gives every live neuron what it computes, on all inputs tried', () => {
    const random = randomStream(21);
    const kinds = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const construction = seed % 4 === 0 ? diamond : horner;
      const { ticket } = found(smallNetwork(seed), { construction, delta: 1e-2 });
      const traces = [1, 2, 3].map(() => trace(ticket, inputFor(ticket.inputSigns, random)));
      for (const { layer, neurons } of traces[0].layers) {
        const some = neurons.filter(() => construction === horner || random() < 0.05);
        for (const neuron of some) {
          const row = rowOf(ticket, layer, neuron);
          kinds.add(row.relu);
          expect(row.relu).not.toBe('undecided');
          for (const traced of traces) {
            const sum = sumAt(ticket, traced, row);
            const { neurons: all, values } = traced.layers[layer];
            const linear = layer === 0 || layer === depthOf(ticket.shape);
            expect(values[all.indexOf(neuron)]).toBe(linear || sum > 0n ? sum : 0n);
          }
        }
      }
    }
    expect([...kinds].sort()).toEqual(['end', 'part', 'unchanged']);
  });

  it('gives outputs the rows of the integer network, at every block', () => {
    for (let seed = 0; seed < 12; seed++) {
      const { ticket } = found(smallNetwork(seed), { construction: horner, delta: 1e-2 });
      const { target, shape, assignments } = ticket;
      target.matrices.forEach((matrix, index) => {
        for (let output = 0; output < matrix.rows; output++) {
          const neuron = assignments[index]?.[output] ?? output;
          const row = rowOf(ticket, blockEndsOf(shape)[index], neuron);
          expect(row).toMatchObject({ block: index + 1, relu: 'end' });
          row.variables.forEach(({ column, part }, variable) => {
            const entry = bigEntry(matrix, output * matrix.columns + column);
            expect(row.coefficients[variable]).toBe(part === 'negative' ? -entry : entry);
          });
        }
      });
    }
  });

  it('bears roles out: carriers hold one part, gadgets a multiple, chains end in output and offset', () => {
    for (let seed = 0; seed < 10; seed++) {
      const construction = seed % 4 === 0 ? diamond : horner;
      const { ticket } = found(smallNetwork(seed), { construction, delta: 1e-2 });
      const ends = blockEndsOf(ticket.shape);
      for (const { layer, block, level, neurons, roles } of rolesOf(ticket).layers) {
        const sums = new Map<string, bigint[]>();
        neurons.forEach((neuron, index) => {
          const role = roles[index];
          if (construction === diamond && index % 17 > 0) return;
          const { variables, coefficients, relu } = rowOf(ticket, layer, neuron);
          const positive = coefficients.map((factor) =>
            relu === 'part' && factor < 0n ? 0n : factor,
          );
          if (role.kind === 'carrier' || role.kind === 'gadget') {
            const factor =
              role.kind === 'carrier'
                ? 1n
                : 2n ** BigInt(Math.max(0, Math.min(role.power, level) - 1));
            expect(positive).toEqual(
              variables.map(({ input, part }) =>
                input === role.input && part === role.part ? factor : 0n,
              ),
            );
          }
          if (role.kind === 'accumulator' || role.kind === 'offset') {
            expect(coefficients.every((coefficient) => coefficient >= 0n)).toBe(true);
            const key = role.kind === 'offset' ? 'offset' : `${role.output}`;
            const before = sums.get(key) ?? coefficients.map(() => 0n);
            sums.set(
              key,
              before.map((sum, at) =>
                key === 'offset' ? coefficients[at] : sum + coefficients[at],
              ),
            );
          }
        });
        if (construction === diamond || layer + 1 !== ends[block - 1]) continue;
        const matrix = ticket.target.matrices[block - 1];
        for (let output = 0; output < matrix.rows; output++) {
          const constant =
            ticket.target.constant && block < ends.length && output === matrix.rows - 1;
          const own = sums.get(constant ? 'constant' : `${output}`);
          const neuron = ticket.assignments[block - 1]?.[output] ?? output;
          const { coefficients } = rowOf(ticket, layer + 1, neuron);
          coefficients.forEach((coefficient, at) => {
            const offset = constant || own === undefined ? 0n : (sums.get('offset')?.[at] ?? 0n);
            if (own !== undefined) expect(own[at] - offset).toBe(coefficient);
          });
        }
      }
    }
  });

  it('is right or refused on masks that nobody found', () => {
    const random = randomStream(22);
    const outcomes = { right: 0, refused: 0, undecided: 0 };
    const { ticket } = found(smallNetwork(4), { construction: horner, delta: 0.1 });
    for (let trial = 0; trial < 25; trial++) {
      const share = [0.01, 0.03, 0.1][trial % 3];
      const masks = maskSizes(ticket.shape).map(({ inputs, outputs }, index) => {
        const kept = edgesOf(ticket.mask(index + 1)).filter(() => random() > share);
        const more = Array.from({ length: trial % 5 }, (): [number, number] => [
          Math.floor(random() * inputs),
          Math.floor(random() * outputs),
        ]);
        const all = new Map([...kept, ...more].map((edge) => [String(edge), edge]));
        return sparseMask(inputs, outputs, [...all.values()]);
      });
      const changed: ConstructedTicket = { ...ticket, mask: (t) => masks[t - 1] };
      const traced = trace(changed, inputFor(ticket.inputSigns, random));
      const end = blockEndsOf(ticket.shape)[0];
      for (const { layer, neurons, values } of traced.layers.slice(1, end)) {
        neurons.forEach((neuron, index) => {
          if (random() < 0.8) return;
          try {
            const row = rowOf(changed, layer, neuron);
            const sum = sumAt(changed, traced, row);
            expect(values[index]).toBe(sum > 0n ? sum : 0n);
            outcomes[row.relu === 'undecided' ? 'undecided' : 'right']++;
          } catch (error) {
            if (!(error instanceof InputError)) throw error;
            outcomes.refused++;
          }
        });
      }
    }
    expect(Object.values(outcomes).every((count) => count > 0)).toBe(true);
  });

  it('gives 0 for a neuron that keeps nothing', () => {
    const { ticket } = found(smallNetwork(12), { construction: horner });
    const live = new Set(
      trace(ticket, new Float64Array(ticket.inputSigns.length)).layers[3].neurons,
    );
    const dead = Array.from({ length: widthOf(ticket.shape, 3) }, (_, neuron) => neuron).find(
      (neuron) => !live.has(neuron),
    );
    if (dead === undefined) throw new Error('all neurons live');
    const row = rowOf(ticket, 3, dead);
    expect(row.coefficients.every((coefficient) => coefficient === 0n)).toBe(true);
    expect(row.relu).toBe('unchanged');
  });

  it('refuses neurons that there are not, other tickets, and what does not fit', () => {
    const { ticket } = found(smallNetwork(12), { construction: horner });
    const depth = depthOf(ticket.shape);
    for (const [layer, neuron] of [
      [-1, 0],
      [depth + 1, 0],
      [1.5, 0],
      [1, -1],
      [1, 2 ** 31],
      [1, Number.NaN],
    ]) {
      expect(() => rowOf(ticket, layer, neuron)).toThrow(UsageError);
    }
    expect(() => rowOf({ ...ticket, kind: 'trained' } as never, 0, 0)).toThrow(UsageError);
    expect(() => rowOf(ticket, 1, 0, { memory: 1000 })).toThrow(InputError);
    expect(() => rowOf({ ...ticket, assignments: [] }, depth, 0)).toThrow(MisfitError);
  });
});
