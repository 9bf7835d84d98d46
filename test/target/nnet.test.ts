/** The Stanford .nnet format, judged by ONNX Runtime through an ONNX file of the same weights. */
import { describe, expect, it } from 'vitest';
import {
  addDyadic,
  compareDyadic,
  dyadicFromNumber,
  multiplyDyadic,
  negateDyadic,
} from '../../src/core/dyadic.js';
import { InputError } from '../../src/core/errors.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { dimensions, matrixOf, type Network } from '../../src/target/network.js';
import { readNnet } from '../../src/target/nnet.js';
import { isValidNetwork, readOrRefuse, spoiled } from './fuzzing.js';
import { nnetAsOnnx } from './nnet-as-onnx.js';
import { runtimeOutputs } from './onnx-runtime.js';
import { someFloats } from './onnx-writer.js';

const text = `// a network of two layers
// with its ranges
2,2,1,3,
2,3,1,
0,
-1.0,0.1,
3.0,0.7,
1.0,0.4,-0.5,
4.0,0.3,2.5,
0.1,-2.5e-1,
1.00000005960464477539062500000000001,3,
-7,1e-3,
0.5,
-0.5,
0,
1,2,-3,
0.25,
`;

describe('readNnet', () => {
  it('reads weights as the nearest float32, and normalisation', () => {
    const { network, notices } = readNnet(text);
    expect(notices).toEqual([]);
    expect(dimensions(network)).toEqual([2, 3, 1]);
    const [first, second] = network.layers;
    expect([...matrixOf(first).values]).toEqual([
      Math.fround(0.1),
      -0.25,
      1 + 2 ** -23,
      3,
      -7,
      Math.fround(0.001),
    ]);
    expect([...first.bias.values]).toEqual([0.5, -0.5, 0]);
    expect([first.activation, second.activation]).toEqual(['relu', 'identity']);
    expect(network.normalization).toEqual({
      input: {
        minimum: Float64Array.of(-1, 0.1),
        maximum: Float64Array.of(3, 0.7),
        mean: Float64Array.of(1, 0.4),
        range: Float64Array.of(4, 0.3),
      },
      output: { mean: -0.5, range: 2.5 },
    });
  });

  it('takes a box that holds the exact and the computed image of every input in range', () => {
    const { network } = readNnet(text);
    const { domain, normalization } = network;
    if (domain.kind !== 'box' || normalization === undefined) throw new Error('no box');
    const { minimum, maximum, mean, range } = normalization.input;
    const below = (raw: number, index: number, bound: number): number =>
      // Sign of raw - mean - bound * range.
      compareDyadic(
        addDyadic(dyadicFromNumber(raw), negateDyadic(dyadicFromNumber(mean[index]))),
        multiplyDyadic(dyadicFromNumber(bound), dyadicFromNumber(range[index])),
      );
    for (const index of [0, 1]) {
      expect(below(minimum[index], index, domain.lower[index])).toBeGreaterThanOrEqual(0);
      expect(below(maximum[index], index, domain.upper[index])).toBeLessThanOrEqual(0);
      expect((minimum[index] - mean[index]) / range[index]).toBeGreaterThanOrEqual(
        domain.lower[index],
      );
      expect((maximum[index] - mean[index]) / range[index]).toBeLessThanOrEqual(
        domain.upper[index],
      );
    }
    expect([domain.lower[0], domain.upper[0]]).toEqual([-0.5, 0.5]);
    expect(domain.lower[1]).toBeCloseTo(-1, 12);
    expect(domain.upper[1]).toBeCloseTo(1, 12);
  });

  it('agrees with ONNX Runtime', async () => {
    const { network } = readNnet(text);
    await expectAgreement(network);
  });

  it('takes nothing for the outputs where their mean or range is left out, with a notice', () => {
    const { network, notices } = readNnet(text.replace(/4.0,0.3,2.5,/, '4.0,0.3,'));
    expect(network.normalization?.output.range).toBe(1);
    expect(notices).toEqual([
      'line 9: the line of ranges has 2 numbers, none for the outputs; 1 is taken for them',
    ]);
    const zeros = readNnet(text.replace(/4.0,0.3,2.5,/, '0.0,0,'));
    expect([...(zeros.network.normalization?.input.range ?? [])]).toEqual([1, 1]);
    expect(zeros.notices[1]).toMatch(/^line 9: all ranges of the inputs are 0; 1 is taken/);
  });

  it.each([
    [/2,2,1,3,/, 'hello', 'line 3: "hello" is not a positive count'],
    [/2,2,1,3,/, '2,2,', 'line 3: the number of layers, inputs and outputs is missing'],
    [/2,2,1,3,/, '99999,2,1,3', 'line 3: 99999 layers are too many'],
    [/2,3,1,/, '2,3,2,', 'line 4: the layer sizes do not fit'],
    [/2,3,1,/, '2,0,1,', 'line 4: "0" is not a positive count'],
    [/2,3,1,/, '2,3,1,1,', 'line 4: the layer sizes do not fit'],
    [/2,3,1,/, '2,999999999,1', 'line 4: these sizes need 4000000005 numbers'],
    [/4.0,0.3,2.5,/, '4.0,0.0,2.5,', 'line 9: range 1 is not positive'],
    [/4.0,0.3,2.5,/, '4.0,', 'line 9: the line of ranges has 1 numbers instead of 3'],
    [/3.0,0.7,/, '3.0,0.0,', 'line 7: maximum 1 is below its minimum'],
    [/-7,/, '-7x,', 'line 12: "-7x" is not a number'],
    [/-7,/, 'nan,', 'line 12: "nan" is not a number'],
    [/-7,/, '4e38,', 'line 12: "4e38" is not a number, or is too large'],
    [/0.25,\n$/, '', 'end of file: bias 1 of layer 2 is missing'],
    [/0.25,\n$/, '0.25,\n1,\n', 'line 18: there is more after the last bias'],
  ])('refuses %s as %j', (pattern, replacement, part) => {
    const broken = text.replace(pattern, replacement);
    expect(() => readNnet(broken)).toThrow(InputError);
    expect(() => readNnet(broken)).toThrow(part);
  });

  it('refuses a range whose normalised bounds are infinite', () => {
    const broken = text.replace('3.0,0.7,', '1e308,0.7,').replace('4.0,0.3,2.5', '1e-3,0.3,2.5');
    expect(() => readNnet(broken)).toThrow('input 0: its normalised range is too large');
  });

  it('gives typed errors or a valid network for thousands of spoiled texts', () => {
    let read = 0;
    for (const copy of spoiled(new TextEncoder().encode(text), 4000, 5)) {
      const result = readOrRefuse(() => readNnet(new TextDecoder().decode(copy)));
      if (result === undefined) continue;
      read++;
      expect(isValidNetwork(result.network)).toBe(true);
    }
    expect(read).toBeGreaterThan(200);
  });
});

async function expectAgreement(network: Network): Promise<void> {
  const [width] = dimensions(network);
  const inputs = Array.from({ length: 10 }, (_, seed) => someFloats(width, seed));
  const outputs = await runtimeOutputs(nnetAsOnnx(network), inputs, [1, width]);
  inputs.forEach((input, index) => {
    const ours = evaluateNetwork(network, Float64Array.from(input));
    const scale = Math.max(1, ...ours.map(Math.abs));
    outputs[index].forEach((value, output) => {
      expect(Math.abs(value - ours[output])).toBeLessThan(1e-5 * scale);
    });
  });
}
