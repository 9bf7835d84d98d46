/** Real networks by other people, read and compared with ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/cli/files/read-model.js';
import { nextDown } from '../../src/target/decimal.js';
import { readBoxText } from '../../src/target/domain.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { dimensions } from '../../src/target/network.js';
import { readVnnlibBox } from '../../src/target/vnnlib.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { nnetAsOnnx } from './nnet-as-onnx.js';
import { runtimeOutputs } from './onnx-runtime.js';
import { someFloats } from './onnx-writer.js';

const where = sharedFolder === undefined ? ' (skipped: UNEARTH_SHARED is not set)' : '';

describe(`shared models${where}`, () => {
  it.skipIf(sharedFolder === undefined).each([
    ['acasxu_1_1.onnx', [5, 50, 50, 50, 50, 50, 50, 5]],
    ['acasxu_2_3.onnx', [5, 50, 50, 50, 50, 50, 50, 5]],
    ['mnist_256x2.onnx', [784, 256, 256, 10]],
    ['fc2_mnist_784_500_10.onnx', [784, 500, 10]],
    ['vertcas_pra01.nnet', [4, 45, 45, 45, 45, 45, 45, 9]],
  ] as const)('%s agrees with ONNX Runtime', async (name, widths) => {
    const path = sharedModel(name);
    const { network, notices, format } = readModel(path);
    expect(dimensions(network)).toEqual(widths);
    expect(notices).toEqual([]);
    const [width] = dimensions(network);
    const inputs = Array.from({ length: 20 }, (_, seed) =>
      someFloats(width, seed).map((value) => (width === 784 ? Math.abs(value) : value / 2)),
    );
    const judged = format === 'nnet' ? nnetAsOnnx(network) : readFileSync(path);
    const outputs = await runtimeOutputs(judged, inputs);
    inputs.forEach((input, index) => {
      const ours = evaluateNetwork(network, Float64Array.from(input));
      const scale = Math.max(1, ...ours.map(Math.abs));
      expect(ours).toHaveLength(outputs[index].length);
      ours.forEach((value, output) => {
        expect(Math.abs(value - outputs[index][output])).toBeLessThan(1e-5 * scale);
      });
    });
  });

  it.skipIf(sharedFolder === undefined)('the domains of ACAS Xu', () => {
    const whole = readBoxText(readFileSync(sharedModel('acasxu.domain.txt'), 'utf8'), 5);
    const { domain, notices } = readVnnlibBox(
      readFileSync(sharedModel('acasxu_prop_1.vnnlib'), 'utf8'),
      5,
    );
    expect(notices).toEqual(['only the input box is used: 1 output constraints are ignored']);
    expect(domain.upper[0]).toBe(whole.upper[0]);
    expect([...domain.lower].slice(1)).toEqual([-0.5, -0.5, nextDown(0.45), -0.5]);
    expect(domain.lower.every((low, index) => low >= whole.lower[index])).toBe(true);
  });

  it.skipIf(sharedFolder === undefined)(
    'the ranges of vertcas become its normalised domain',
    () => {
      const { network } = readModel(sharedModel('vertcas_pra01.nnet'));
      expect(network.domain).toEqual({
        kind: 'box',
        lower: new Float64Array(4).fill(-0.5),
        upper: new Float64Array(4).fill(0.5),
      });
      expect(network.normalization?.output).toEqual({ mean: -0.432599379632, range: 3.102300001 });
    },
  );
});
