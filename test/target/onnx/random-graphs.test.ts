/** A sample of the random graphs of `bench/random-graphs.mjs`, against ONNX Runtime bit for bit. */
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../../src/target/onnx/operators.js';
import { checkGraph, randomGraph, randomMaps } from './random-graphs/check.js';
import { NEWEST_OPSET, OLDEST_OPSET, type RandomGraph } from './random-graphs/random-graph.js';

const GRAPHS = 300;
const FIRST_SEED = 900_000;

/** Operators and operator sets of the graphs that are right; all others are refused for one of the reasons. */
async function checkGraphs(draw: (seed: number) => RandomGraph, reasons: RegExp) {
  const operators = new Set<string>();
  const opsets = new Set<number>();
  let right = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed++) {
    const graph = draw(seed);
    const outcome = await checkGraph(graph);
    if (outcome.kind === 'refused') {
      expect(outcome.reason, `seed ${seed}`).toMatch(reasons);
      continue;
    }
    // A few windows are none for the runtime.
    if (outcome.kind === 'unjudged') {
      expect(outcome.reason, `seed ${seed}`).toMatch(
        /padding values|implementation for AveragePool/,
      );
      continue;
    }
    expect(outcome, `seed ${seed}`).toEqual({ kind: 'right' });
    right++;
    opsets.add(graph.opset);
    for (const operator of graph.operators) operators.add(operator);
  }
  expect(right).toBeGreaterThan(0.94 * GRAPHS);
  expect(opsets.size).toBe(NEWEST_OPSET - OLDEST_OPSET + 1);
  return operators;
}

const WINDOWS = /^(Conv|Pad|MaxPool|AveragePool|Global\w+Pool|ReduceMean)$/;
// The outputs are the values before these.
const LEFT_OUT = /^(Softmax|LogSoftmax|Sigmoid)$/;

describe('random valid graphs of all operators', () => {
  it('are right, or several samples at once', async () => {
    const operators = await checkGraphs(
      randomGraph,
      /it multiplies several vectors at once.*batch size/,
    );
    const compared = [...OPERATORS.keys()].filter(
      (opType) => !LEFT_OUT.test(opType) && !WINDOWS.test(opType),
    );
    expect([...operators].sort()).toEqual(compared.sort());
  });

  it('of feature maps are right, or no maps of the inputs, or maxima over pads', async () => {
    const operators = await checkGraphs(
      randomMaps,
      /before it the inputs are|the network's inputs come|may be negative|only pads|several vectors/,
    );
    const compared = [...OPERATORS.keys()].filter((opType) => !LEFT_OUT.test(opType));
    expect([...operators].sort()).toEqual(compared.sort());
  });
});
