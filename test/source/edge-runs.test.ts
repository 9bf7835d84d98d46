/** Runs of edges: all neurons once, in order, and no run of more than was asked for but single neurons. */
import { expect, it } from 'vitest';
import { edgeRuns } from '../../src/source/edge-runs.js';

it('cuts a layer into runs that are as long as they may be', () => {
  let state = 7;
  const below = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  for (let trial = 0; trial < 500; trial++) {
    const neurons = below(60);
    const offsets = new Uint32Array(neurons + 1);
    for (let neuron = 0; neuron < neurons; neuron++) {
      offsets[neuron + 1] = offsets[neuron] + (below(3) === 0 ? below(40) : below(3));
    }
    const most = 1 + below(30);
    const work = (from: number, to: number): number => offsets[to] - offsets[from] + to - from;
    let at = 0;
    for (const [from, to] of edgeRuns(offsets, most)) {
      expect(from).toBe(at);
      expect(to).toBeGreaterThan(from);
      if (to > from + 1) expect(work(from, to)).toBeLessThanOrEqual(most);
      if (to < neurons) expect(work(from, to + 1)).toBeGreaterThan(most);
      at = to;
    }
    expect(at).toBe(neurons);
  }
});
