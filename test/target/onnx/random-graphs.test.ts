/** A sample of the random graphs of `bench/random-graphs.mjs`, against ONNX Runtime bit for bit. */
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../../src/target/onnx/operators.js';
import { checkGraph, randomGraph } from './random-graphs/check.js';
import { NEWEST_OPSET, OLDEST_OPSET } from './random-graphs/random-graph.js';

const GRAPHS = 300;
const FIRST_SEED = 900_000;

describe('random valid graphs of all operators', () => {
  it('are right, or several samples at once', async () => {
    const operators = new Set<string>();
    const opsets = new Set<number>();
    let right = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed++) {
      const graph = randomGraph(seed);
      const outcome = await checkGraph(graph);
      if (outcome.kind === 'refused') {
        expect(outcome.reason).toMatch(/it multiplies several vectors at once.*batch size/);
        continue;
      }
      expect(outcome, `seed ${seed}`).toEqual({ kind: 'right' });
      right++;
      opsets.add(graph.opset);
      for (const operator of graph.operators) operators.add(operator);
    }
    expect(right).toBeGreaterThan(0.95 * GRAPHS);
    expect(opsets.size).toBe(NEWEST_OPSET - OLDEST_OPSET + 1);
    // The outputs are the values before these.
    const leftOut = ['Softmax', 'LogSoftmax', 'Sigmoid'];
    const compared = [...OPERATORS.keys()].filter((opType) => !leftOut.includes(opType));
    expect([...operators].sort()).toEqual(compared.sort());
  });
});
