/** Traces of every neuron's value, against the exact engine and against a reading edge by edge. */
import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { runExact } from '../../src/inference/exact.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { trace, tracer } from '../../src/inference/trace.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { depthOf, maskSizes, widthOf } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { found, smallNetwork } from '../roles/found.js';

/** Every neuron's value, live or not, with numbers that floats hold exactly. */
function valuesByEdges(ticket: ConstructedTicket, input: readonly number[]): number[][] {
  const { shape, target, seed } = ticket;
  const source = createSource(seed, shape);
  const layers = [target.constant ? [...input, 1] : [...input]];
  for (let t = 1; t <= depthOf(shape); t++) {
    const sums = new Array<number>(widthOf(shape, t)).fill(0);
    const signs = source.layer(t);
    for (const [column, row] of edgesOf(ticket.mask(t))) {
      sums[row] += signs.sign(column, row) * layers[t - 1][column];
    }
    const linear = t === depthOf(shape) && target.activation === 'identity';
    layers.push(linear ? sums : sums.map((sum) => Math.max(0, sum)));
  }
  return layers;
}

function checkTrace(ticket: ConstructedTicket, input: readonly number[]): void {
  const traced = trace(ticket, Float64Array.from(input));
  const expected = valuesByEdges(ticket, input);
  const unit = 2 ** traced.exponent;
  for (const { layer, neurons, values } of traced.layers) {
    expect(values.map((value) => Number(value) * unit)).toEqual(
      Array.from(neurons, (neuron) => expected[layer][neuron]),
    );
  }
  expect(traced.outputs).toEqual(runExact(compileTicket(ticket), Float64Array.from(input), 1));
}

describe('trace', () => {
  it('gives every live neuron its value, and the outputs of the exact engine', () => {
    const random = randomStream(11);
    for (let seed = 0; seed < 30; seed++) {
      const network = smallNetwork(seed);
      const construction = seed % 4 === 0 ? diamond : horner;
      const { ticket } = found(network, { construction, delta: 1e-2 });
      const { inputs } = network.layers[0];
      for (let trial = 0; trial < 4; trial++) {
        const input = Array.from({ length: inputs }, () => Math.floor(random() * 64 - 32) / 4);
        checkTrace(ticket, input);
      }
    }
  });

  it('lists the neurons that have roles', () => {
    for (const construction of [horner, diamond]) {
      const { ticket } = found(smallNetwork(16), { construction, delta: 1e-2 });
      const { layers } = trace(ticket, new Float64Array(ticket.inputSigns.length));
      expect(layers.map(({ neurons }) => neurons)).toEqual(
        rolesOf(ticket).layers.map(({ neurons }) => neurons),
      );
    }
  });

  it('is exact where floats are not: inputs of all sizes, outputs beyond 2^53', () => {
    const { ticket } = found(smallNetwork(15), { construction: horner });
    const program = compileTicket(ticket);
    const follow = tracer(ticket);
    const width = program.inputs - (program.constant ? 1 : 0);
    const sizes = [5e-324, 1e-300, 0.1, 1 + 2 ** -52, 1e17, Number.MAX_VALUE];
    for (const [index, size] of sizes.entries()) {
      const input = Float64Array.from(
        { length: width },
        (_, at) => sizes[(index + at) % 6] * size || size,
      );
      const clipped = input.map((value) => (Number.isFinite(value) ? value : Number.MAX_VALUE));
      expect(follow(clipped).outputs).toEqual(runExact(program, clipped, 1));
    }
  });

  it('follows any masks: empty, full and random ones', () => {
    const random = randomStream(12);
    const { ticket } = found(smallNetwork(12), { construction: horner, delta: 0.1 });
    const inputs = widthOf(ticket.shape, 0) - (ticket.target.constant ? 1 : 0);
    for (const share of [0, 0.05, 0.5, 1]) {
      const masks = maskSizes(ticket.shape).map(({ inputs: columns, outputs }) => {
        const edges = Array.from({ length: columns * outputs }, (_, edge): [number, number] => [
          Math.floor(edge / outputs),
          edge % outputs,
        ]);
        return sparseMask(
          columns,
          outputs,
          edges.filter(() => random() < share),
        );
      });
      const changed = { ...ticket, mask: (t: number) => masks[t - 1] };
      const input = Float64Array.from({ length: inputs }, () => Math.floor(random() * 9 - 4));
      expect(trace(changed, input).outputs).toEqual(runExact(compileTicket(changed), input, 1));
    }
  });

  it('ends by a signal, while it reads the masks and while it follows an input', () => {
    const { ticket } = found(smallNetwork(12), { construction: horner });
    const input = new Float64Array(ticket.inputSigns.length);
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = () => controller.abort(new Error('enough'));
    const follow = tracer(ticket);
    expect(() => tracer(ticket, { signal, onProgress })).toThrow('enough');
    expect(() => follow(input, { signal })).toThrow('enough');
    expect(follow(input).layers).toHaveLength(depthOf(ticket.shape) + 1);
  });

  it('refuses what it cannot take, and more memory than it may', () => {
    const { ticket } = found(smallNetwork(12), { construction: horner });
    const width = widthOf(ticket.shape, 0) - (ticket.target.constant ? 1 : 0);
    const input = new Float64Array(width);
    expect(() => trace(ticket, new Float64Array(width + 1))).toThrow(InputError);
    expect(() =>
      trace(
        ticket,
        input.map(() => Number.NaN),
      ),
    ).toThrow(InputError);
    expect(() => trace({ ...ticket, kind: 'trained' } as never, input)).toThrow(UsageError);
    expect(() => trace(ticket, input, { memory: 2 ** 20 })).toThrow(/needs about .* of memory/);
    // The masks fit, the values of a very long number do not.
    const enough = 170 * 2 ** 20;
    expect(() => trace(ticket, input, { memory: enough })).not.toThrow();
    const huge = input.map((_, at) => (at === 0 ? 5e-324 : Number.MAX_VALUE));
    const limit = memoryOf((memory) => trace(ticket, input, { memory }));
    expect(() => trace(ticket, huge, { memory: limit })).toThrow(/values: tracing this network/);
  });
});

/** About the least memory with which a call does not throw. */
function memoryOf(call: (memory: number) => unknown): number {
  let [low, high] = [2 ** 20, 2 ** 31];
  while (high - low > 64) {
    const middle = Math.floor((low + high) / 2);
    try {
      call(middle);
      high = middle;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      low = middle;
    }
  }
  return high;
}
