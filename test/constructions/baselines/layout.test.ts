/** The layout that a baseline's find hands out, against its masks and weights. */
import { describe, expect, it } from 'vitest';
import { findBaseline } from '../../../src/constructions/baselines/find-masks.js';
import { BASELINE_NAMES, baselineNamed } from '../../../src/constructions/baselines/index.js';
import { baselineClass, planBaseline } from '../../../src/constructions/baselines/plan-baseline.js';
import { layerWeights } from '../../../src/source/weights.js';
import type { InputSign } from '../../../src/target/network.js';
import { randomNetwork } from '../../networks.js';
import { edgesOf } from '../../pruned-sources.js';

const SIGNS: readonly InputSign[] = ['signed', 'nonnegative', 'nonpositive'];

describe.each(BASELINE_NAMES)('the layout of %s', (name) => {
  it('names the input and the part of it that every hidden neuron takes', () => {
    const network = randomNetwork({ dimensions: [3, 3, 2], seed: 5, bits: 3, places: 3 });
    const facts = { dimensions: [3, 3, 2], inputSigns: SIGNS, constant: true };
    const system = baselineNamed(name);
    const numbers = { magnitudes: [1, 1], tolerances: [0.05, 0.05] };
    const plan = planBaseline(system, baselineClass({ ...facts, ...numbers }), 1e-3);
    const finding = findBaseline(system, network, 1n, plan);
    if (!finding.found) throw new Error(JSON.stringify(finding.unmet));
    const { layout, masks, widths } = finding;
    const parts = new Set<string>();
    masks.forEach((mask, index) => {
      const t = index + 1;
      const { neurons, roles, block, level } = layout.layer(t);
      expect({ block, level }).toEqual({ block: Math.ceil(t / 2), level: 2 - (t % 2) });
      if (t % 2 === 0) {
        expect([...neurons]).toEqual(Array.from({ length: widths[t] }, (_, neuron) => neuron));
        const outputs = roles.map((role) => (role.kind === 'output' ? role.output : null));
        expect(outputs).toEqual(t === 2 ? [0, 1, 2, 'constant'] : [0, 1]);
        return;
      }
      const { weight } = layerWeights(1n, t, plan.blocks[block - 1].distributions[0]);
      const edges = edgesOf(mask);
      expect([...neurons].sort()).toEqual(edges.map(([, neuron]) => neuron).sort());
      for (const [column, neuron] of edges) {
        const sign = block === 1 && column < 3 ? SIGNS[column] : 'nonnegative';
        const negative = weight(column, neuron) < 0;
        const part = sign === 'nonnegative' ? 'whole' : negative ? 'negative' : 'positive';
        parts.add(part);
        expect(roles[neurons.indexOf(neuron)]).toEqual({
          kind: 'carrier',
          input: column === 3 ? 'constant' : column,
          part,
        });
      }
    });
    expect([...parts].sort()).toEqual(['negative', 'positive', 'whole']);
  });
});
