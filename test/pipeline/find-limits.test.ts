/** What a find may take: refused before it is begun, never met by honest models, and lifted by an option. */
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/cli/files/read-model.js';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { DEFAULT_MEMORY, mostFindSteps } from '../../src/core/limits.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { findTicket } from '../../src/pipeline/find.js';
import { choosePrecision } from '../../src/precision/choose-precision.js';
import { denseLayer } from '../../src/target/make-layers.js';
import { inputSigns, matrixOf, type Network } from '../../src/target/network.js';
import { admitTicket } from '../../src/ticket/cost.js';
import { partsOf } from '../networks.js';
import { sharedFolder, sharedModel } from '../shared-files.js';

const limitFor = (fileBytes: number, memory = DEFAULT_MEMORY) => ({
  most: mostFindSteps(fileBytes, memory),
  memory,
});

/** One layer whose outputs are copies of its inputs. */
function copies(inputs: number, outputs: number, weight = 1): Network {
  const weights = new Float64Array(inputs * outputs);
  for (let row = 0; row < outputs; row++) weights[row * inputs + (row % inputs)] = weight;
  return {
    layers: [denseLayer({ inputs, outputs, weights, activation: 'identity' })],
    domain: {
      kind: 'box',
      lower: new Float64Array(inputs),
      upper: new Float64Array(inputs).fill(1),
    },
  };
}

/** Every entry needs hundreds of bits. */
function long(size: number): Network {
  const layer = copies(size, size).layers[0];
  const weights = matrixOf(layer).values.map((_, index) =>
    index % 2 === 0 ? 2 ** 126 : 2 ** -126,
  );
  return { ...copies(size, size), layers: [denseLayer({ ...partsOf(layer), weights })] };
}

describe('the steps of a find', () => {
  it.each([
    ['60,000 outputs of 4 inputs', copies(4, 60_000), 180_000],
    ['a matrix of 253 bits', long(300), 400_000],
  ])('are too many for %s in a small file', (_name, network, fileBytes) => {
    const find = (): unknown =>
      findTicket(network, { construction: horner, steps: limitFor(fileBytes) });
    expect(find).toThrow(InputError);
    expect(find).toThrow(/finding this network takes about .* steps, over the limit/);
  });

  it('are counted before an error is certified', () => {
    const find = (): unknown =>
      findTicket(copies(4, 60_000, 0.3), {
        construction: horner,
        precision: { mode: 'certified', epsilon: 0.1 },
        steps: limitFor(180_000),
      });
    expect(find).toThrow(/certifying this network takes about .* steps, over the limit/);
  });

  it('are not limited unless it is asked for, and memory lifts the limit', () => {
    const network = copies(2, 3);
    expect(findTicket(network, { construction: horner }).found).toBe(true);
    const steps = { most: 1000, memory: DEFAULT_MEMORY };
    expect(() => findTicket(network, { construction: horner, steps })).toThrow(/over the limit/);
    expect(findTicket(network, { construction: horner, steps: limitFor(100) }).found).toBe(true);
  });

  it('leave room for integers that only BigInts hold, and their proof', () => {
    const found = findTicket(long(12), { construction: horner, steps: limitFor(4 * 144) });
    expect(found.found && found.verdict.proved).toBe(true);
  });
});

describe.skipIf(sharedFolder === undefined)('real networks and their tickets', () => {
  it.each([
    ['acasxu_1_1.onnx', horner],
    ['acasxu_1_1.onnx', diamond],
    ['vertcas_pra01.nnet', horner],
    ['vertcas_pra01.nnet', diamond],
    ['mnist_256x2.onnx', horner],
  ])('are within all limits: %s', { timeout: 120_000 }, (name, construction) => {
    const { network, fileBytes } = readModel(sharedModel(name));
    const outcome = findTicket(network, {
      construction,
      domain: { kind: 'all' },
      steps: limitFor(fileBytes),
    });
    if (!outcome.found) throw new Error('not found');
    for (const use of ['proof', 'program', 'pictures'] as const) {
      expect(() => admitTicket(outcome.ticket, use)).not.toThrow();
    }
  });

  it.each([
    ['mnist_256x2.onnx', diamond],
    ['fc2_mnist_784_500_10.onnx', horner],
    ['fc2_mnist_784_500_10.onnx', diamond],
  ])('are within the steps of a find: %s', (name, construction) => {
    const { network, fileBytes } = readModel(sharedModel(name));
    const { target } = choosePrecision(network, { mode: 'lossless' }, { kind: 'all' });
    const signs = inputSigns({ kind: 'all' }, network.layers[0].inputs);
    const plan = construction.plan(networkClassOf(target, signs), 1e-6);
    expect(construction.work(target, plan as never)).toBeLessThan(mostFindSteps(fileBytes));
  });
});
