/** What the fast engine makes of a pruned source, and the kernels against each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { countAdditions, eachEntry, tableSize } from '../../src/inference/fast/digit-tables.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import type { LaneType } from '../../src/inference/fast/lane-type.js';
import { integerTypes } from '../../src/inference/fast/number-types.js';
import { segmentsOf } from '../../src/inference/fast/segments.js';
import { sharePairsSteps } from '../../src/inference/fast/shared-pairs.js';
import { hasWasmSimd, wasmMachines } from '../../src/inference/fast/wasm-kernels.js';
import type { PrunedProgram } from '../../src/inference/pruned-program.js';
import type { PrunedLayer } from '../../src/source/pruned-network.js';
import { randomStream } from '../networks.js';
import { withoutAccuracy } from '../pruned-sources.js';

/** A layer from the edges of each neuron: `+i` or `-i` from neuron i - 1 of the layer before. */
function layer(...neurons: number[][]): PrunedLayer {
  const edges = neurons.map((ids) =>
    Uint32Array.from(ids, (id) => 2 * (Math.abs(id) - 1) + (id < 0 ? 1 : 0)).sort(),
  );
  const offsets = [0];
  for (const part of edges) offsets.push(offsets[offsets.length - 1] + part.length);
  return {
    neurons: Uint32Array.from(neurons.keys()),
    offsets: Uint32Array.from(offsets),
    edges: Uint32Array.from(edges.flatMap((part) => [...part])),
  };
}

function program(inputs: number, layers: PrunedLayer[]): PrunedProgram {
  return {
    inputs,
    constant: false,
    outputs: layers[layers.length - 1].neurons.length,
    layers,
    blockEnds: [layers.length],
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
    ...withoutAccuracy(inputs, layers[layers.length - 1].neurons.length),
    liveEdges: layers.reduce((sum, { edges }) => sum + edges.length, 0),
  };
}

describe('segments', () => {
  // Two carriers and a chain of two accumulators, with one digit -1 that cannot clip.
  const chain = program(2, [
    layer([1], [2], [1], [1, 2]),
    layer([1], [2], [3, 4, 2], [3, 4, -1]),
    layer([3, 4]),
  ]);

  it('carriers cost nothing, and a chain is its sums', () => {
    const [segment, ...others] = segmentsOf(chain, ['nonnegative', 'nonnegative']);
    expect(others).toHaveLength(0);
    expect(segment.rectified).toEqual([]);
    // The second accumulator is s = a + b; then come a + s + b and a + s - a, which is s again.
    expect(segment.rows.map(({ digits, terms }) => [[...digits], [...terms]])).toEqual([
      [[0, 1, 1, 1], []],
      [
        [0, 1, 1, 1],
        [0, 2],
      ],
    ]);
    expect(segment.bounds.outputs).toBeCloseTo(3 + 3, 6);
  });

  it('keep every ReLU that could clip for inputs of unknown sign', () => {
    const segments = segmentsOf(chain, ['signed', 'signed']);
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.flatMap(({ rectified }) => rectified).length).toBeGreaterThan(2);
  });

  it('do not drop a ReLU whose coefficient is below 0', () => {
    const [first] = segmentsOf(program(2, [layer([1, -2], [1]), layer([1], [2])]), [
      'nonnegative',
      'nonnegative',
    ]);
    expect(first.rectified).toEqual([0]);
  });

  it('bound their outputs, which chooses the integers', () => {
    const segments = segmentsOf(chain, ['nonnegative', 'nonnegative']);
    expect(integerTypes(segments, 8, false)?.segments).toEqual(['int32']);
    expect(integerTypes(segments, 31, false)?.segments).toEqual(['int64']);
    expect(integerTypes(segments, 53, true)).toMatchObject({ inputs: 'int64', single: true });
  });
});

describe('tables', () => {
  it('hold the sum that each entry stands for', () => {
    const digits = fc.uniqueArray(
      fc.tuple(
        fc.nat(19),
        fc.integer({ min: -3, max: 3 }).filter((value) => value !== 0),
      ),
      { selector: ([column]) => column, maxLength: 20 },
    );
    fc.assert(
      fc.property(digits, fc.integer({ min: 1, max: 7 }), (pairs, size) => {
        const sorted = pairs.sort(([a], [b]) => a - b);
        const row = { digits: Int32Array.from(sorted.flat()), terms: [], level: 0 };
        const used = Int32Array.from({ length: 20 }, (_, index) => index);
        const grouping = { size, used, position: used };
        // Powers of a base beyond all sums: the total tells every multiplicity.
        const value = (column: number): bigint => 101n ** BigInt(column);
        const table = (group: number): bigint[] => {
          const entries: bigint[] = [];
          for (let column = group * size; column < Math.min(20, (group + 1) * size); column++) {
            const before = entries.length;
            entries.push(value(column));
            for (let entry = 0; entry < before; entry++) {
              entries.push(entries[entry] + value(column), entries[entry] - value(column));
            }
          }
          return entries;
        };
        let sum = 0n;
        let additions = 0;
        eachEntry(row, grouping, (group, entry, sign) => {
          expect(entry).toBeLessThan(tableSize(size));
          sum += BigInt(sign) * table(group)[entry];
          additions++;
        });
        const wanted = sorted.reduce((total, [c, m]) => total + BigInt(m) * value(c), 0n);
        expect(sum).toBe(wanted);
        expect(additions).toBe(countAdditions(row, grouping));
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('shared pairs', () => {
  /** Rows of random digits, and what they come to where column c is a power of a base beyond all sums. */
  function randomRows(seed: number, count: number, columns: number) {
    const random = randomStream(seed);
    return Array.from({ length: count }, () => {
      const digits: number[] = [];
      for (let column = 0; column < columns; column++) {
        const digit = Math.floor(random() * 9) - 4;
        if (random() < 0.4 && digit !== 0)
          digits.push(column, Math.sign(digit) * ((digit % 3) ** 2 || 1));
      }
      return { digits: Int32Array.from(digits), terms: [], level: 0 };
    });
  }

  it('are what rows add up, in fewer additions', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const columns = 3 + 7 * seed;
      const rows = randomRows(seed, 90, columns);
      const shared = complete(sharePairsSteps({ rows, columns }));
      if (shared === null) throw new Error('refused');
      const values = Array.from({ length: columns }, (_, column) => 101n ** BigInt(column));
      const levels = new Array<number>(columns).fill(0);
      for (const { first, second, sign, level } of shared.pairs) {
        // Its two values are there before it.
        expect(Math.max(first, second)).toBeLessThan(values.length);
        values.push(values[first] + BigInt(sign) * values[second]);
        levels.push(1 + Math.max(levels[first], levels[second]));
        expect(level).toBe(levels[levels.length - 1]);
      }
      let digits = 0;
      for (const [index, { plus, minus }] of shared.rows.entries()) {
        const sum = (list: readonly number[]) =>
          list.reduce((all, value) => all + values[value], 0n);
        let wanted = 0n;
        rows[index].digits.forEach((column, at, all) => {
          if (at % 2 === 0) wanted += BigInt(all[at + 1]) * values[column];
        });
        expect(sum(plus) - sum(minus)).toBe(wanted);
        digits += plus.length + minus.length;
      }
      expect(digits).toBe(shared.digits);
      const alone = rows.reduce(
        (all, row) =>
          all + row.digits.reduce((own, digit, at) => own + (at % 2 && Math.abs(digit)), 0),
        0,
      );
      expect(digits + shared.pairs.length).toBeLessThan(0.85 * alone);
    }
  });

  it('are not looked for where that takes long', () => {
    const rows = randomRows(1, 3, 600);
    expect(complete(sharePairsSteps({ rows, columns: 600 }))).toBeNull();
    const many = randomRows(2, 400, 400);
    expect(complete(sharePairsSteps({ rows: many, columns: 400 }))).toBeNull();
  });
});

describe.runIf(hasWasmSimd())('kernels in WebAssembly', () => {
  const types: LaneType[] = ['int16', 'int32', 'float32', 'float64'];
  const cases = types.flatMap((type) =>
    (type === 'int16' ? [false] : [false, true]).map((single) => ({ type, single })),
  );

  it.each(cases)('compute what JavaScript does: $type, single $single', ({ type, single }) => {
    const random = randomStream(types.indexOf(type) + 1);
    const machines = [wasmMachines, jsMachines].map((factory) => factory.create(1 << 16));
    const size = type === 'int16' ? 2 : type === 'float64' ? 8 : 4;
    const row = single ? size : 64;
    const start = 1 << 15;
    const values = Float64Array.from({ length: 4096 }, () => Math.floor(random() * 2 ** 16) / 3);
    const words: number[] = [];
    // Two records of additions, one of a table of four columns (40 sums), two rows to rectify, two chains, two groups of pairs.
    words.push(0, 5, 3, ...[1, 2, 3, 4, 5, 6, 7, 8].map((index) => index * row));
    words.push(9 * row, 0, 1, 2 * row);
    const additions = words.length;
    words.push(20 * row, 4, row, 2 * row, 3 * row, 4 * row);
    const tables = words.length;
    words.push(9 * row, 21 * row);
    const rectified = words.length;
    words.push(61 * row, 1, 2, 3, 0, ...[1, 2, 3, 4, 5].map((index) => index * row));
    words.push(62 * row, 3, 1, 0, 0, 7 * row, 0, 1, 2, 5 * row, 3, 3, 1);
    words.push(...[1, 2, 3, 4, 5, 61].map((index) => index * row));
    const chained = words.length;
    words.push(63 * row, 2, 1, ...[1, 2, 3, 63, 5, 64].map((index) => index * row));
    words.push(66 * row, 0, 1, 65 * row, row);
    const at = (index: number): number => start + 4 * index;
    const results = machines.map((machine) => {
      const view = {
        int16: new Int16Array(machine.buffer, 0, start / 2),
        int32: new Int32Array(machine.buffer, 0, start / 4),
        float32: new Float32Array(machine.buffer, 0, start / 4),
        float64: new Float64Array(machine.buffer, 0, start / 8),
      }[type as 'int16'];
      view.set(values.subarray(0, Math.min(values.length, view.length)));
      new Uint32Array(machine.buffer).set(words, start / 4);
      const kernels = machine.kernels(type, single);
      kernels.accumulate(at(0), at(additions));
      kernels.initialize(at(0), at(additions));
      kernels.accumulate(at(0), at(additions));
      kernels.tables(at(additions), at(tables));
      kernels.rectify(at(tables), at(rectified));
      if (type.startsWith('float')) kernels.scale(at(tables), at(rectified), 2 ** -5);
      kernels.chains(at(rectified), at(chained));
      kernels.pairs(at(chained), at(words.length));
      return Array.from(view);
    });
    expect(results[0]).toEqual(results[1]);
  });

  it('widen as JavaScript does', () => {
    for (const [narrow, wide] of [
      ['int16', 'int32'],
      ['int16', 'float32'],
    ] as const) {
      const results = [wasmMachines, jsMachines].map((factory) => {
        const machine = factory.create(1 << 12);
        new Int16Array(machine.buffer, 0, 64).set(Array.from({ length: 64 }, (_, i) => i * 999));
        new Uint32Array(machine.buffer).set([0, 256, 64, 320], 512);
        const { set, add } = machine.widen(narrow, wide);
        set(2048, 2064, 0);
        add(2048, 2064, 32);
        return Array.from(new Int32Array(machine.buffer, 256, 32));
      });
      expect(results[0]).toEqual(results[1]);
    }
  });
});
