import { describe, expect, it } from 'vitest';
import { readModel } from '../../../src/cli/files/read-model.js';
import { horner } from '../../../src/constructions/horner/horner.js';
import { networkClassOf } from '../../../src/integer/network-class.js';
import { quantizeLossless } from '../../../src/integer/quantize.js';
import { propagate } from '../../../src/proof/propagate.js';
import type { LayerMask } from '../../../src/source/mask.js';
import { sourceWeights } from '../../../src/source/shape.js';
import { createSource } from '../../../src/source/source.js';
import type { InputSign } from '../../../src/target/network.js';

const folder = process.env.UNEARTH_SHARED;

describe.skipIf(folder === undefined)(
  'horner on real networks (skipped where UNEARTH_SHARED is not set)',
  () => {
    it.each([
      ['acasxu_1_1.onnx', 'signed', 11.6, 0.3],
      ['vertcas_pra01.nnet', 'signed', 11.7, 0.3],
      ['mnist_256x2.onnx', 'nonnegative', 8.8, 0.31],
      ['fc2_mnist_784_500_10.onnx', 'nonnegative', 7.3, 0.31],
    ] as const)('finds and proves %s losslessly', (file, sign, ratio, digits) => {
      const { network } = readModel(`${folder}/models/${file}`);
      const target = quantizeLossless(network);
      const inputSigns = new Array<InputSign>(network.layers[0].inputs).fill(sign);
      const networkClass = networkClassOf(target, inputSigns);
      const plan = horner.plan(networkClass, 1e-6);
      expect(plan.failureBound).toBeLessThanOrEqual(1e-6);
      const source = createSource(1n, plan.shape);
      const masks: LayerMask[] = [];
      const finding = horner.find(target, source, plan, (_, mask) => masks.push(mask));
      if (!finding.found) throw new Error(finding.unmet.demand);
      let counting = 0;
      let weightBits = 0;
      target.matrices.forEach(({ rows, columns }, layer) => {
        const bits = networkClass.bits[layer];
        // log2(2^(bits+1) - 1), but for less than one in a million.
        counting += rows * columns * (bits + 1);
        weightBits += rows * columns * bits;
      });
      expect(Number(sourceWeights(plan.shape)) / counting).toBeLessThan(ratio);
      expect(finding.digits / weightBits).toBeLessThan(digits);
      const proof = propagate({
        source,
        mask: (t) => masks[t - 1],
        target,
        inputSigns,
        assignments: finding.assignments,
      });
      expect(proof).toMatchObject({ equal: true });
    });
  },
);
