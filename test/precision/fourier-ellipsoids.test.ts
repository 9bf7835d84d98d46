/** What Fourier ellipsoids are made of: components, maps between them, and factors that cover what is cut off. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { frequencyMap } from '../../src/precision/bounds/frequency-maps.js';
import {
  type LinearDifference,
  mapDifferences,
} from '../../src/precision/bounds/map-difference.js';
import { frequenciesOf, rootsOf, WAVE_ERROR, waveAt } from '../../src/precision/bounds/torus.js';
import { runTorusSteps } from '../../src/precision/bounds/torus-chain.js';
import { firstParameters } from '../../src/precision/bounds/torus-learning.js';
import { torusPlan } from '../../src/precision/bounds/torus-plan.js';
import { prepareSteps } from '../../src/precision/bounds/torus-prepare.js';
import { vectorComponents } from '../../src/precision/bounds/torus-shapes.js';
import { analyseMapsSteps } from '../../src/precision/map-certificate.js';
import { applyMap } from '../../src/target/apply-map.js';
import { inputsOf } from '../../src/target/network.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

function planned(seed: number) {
  const network = withSumPooling(
    randomMapNetwork({ seed, bits: 4, layers: 1 + (seed % 5), side: 2 + (seed % 5) }),
  );
  const places = losslessMapPlaces(network).map((own) => Math.max(0, own - 2));
  const layers = mapDifferences(network, places);
  const plan = torusPlan(layers, inputsOf(network.layers));
  return { network, layers, plan };
}

describe('roots of unity', () => {
  it('are as near as is said', () => {
    for (const count of [1, 2, 3, 7, 8, 12, 37, 40, 96]) {
      const { real, imaginary } = rootsOf(count);
      for (let k = 0; k < count; k++) {
        expect(Math.abs((real[k] as number) - Math.cos((2 * Math.PI * k) / count))).toBeLessThan(
          WAVE_ERROR,
        );
        expect(
          Math.abs((imaginary[k] as number) - Math.sin((2 * Math.PI * k) / count)),
        ).toBeLessThan(WAVE_ERROR);
      }
    }
  });
});

describe('a map between components', () => {
  it('is the convolution, or the matrix, on every position inside of the maps', () => {
    const kinds = { convolution: 0, dense: 0 };
    let strides = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { plan } = planned(seed);
      if (plan === undefined) continue;
      const random = randomStream(seed);
      for (const [index, step] of plan.slice(0, -1).entries()) {
        const next = plan[index + 1];
        if (next === undefined || step.readings.length !== 1 || step.next.length !== 1) continue;
        const [reading] = step.readings;
        const { map, values } = (reading as NonNullable<typeof reading>).part;
        const inputs = step.shape.channels * step.shape.height * step.shape.width;
        if (map.inputs !== inputs) continue;
        const from = frequenciesOf(step.torus);
        const onto = frequenciesOf(next.torus);
        const vector = Float64Array.from({ length: inputs }, () => random() - 0.5);
        const own = [{ layer: step.output, shape: step.shape, from: 0 }];
        const slack = new Float64Array(inputs);
        const { values: parts } = complete(vectorComponents(own, [{ vector, slack }], from));
        const through = complete(frequencyMap(step, 'values', { from, onto }, false));
        const wanted = applyMap(map, vector);
        const { channels, height, width } = (step.next[0] as (typeof step.next)[number]).shape;
        const got = new Float64Array(wanted.length);
        const size = Math.sqrt(next.torus.height * next.torus.width);
        through.targets.forEach(({ rows, terms }, t) => {
          const image = new Float64Array(rows);
          for (const { at, weight, matrix, columns } of terms) {
            for (let i = 0; i < rows; i++) {
              for (let k = 0; k < columns; k++) {
                image[i] =
                  (image[i] as number) +
                  Math.sqrt(weight) *
                    (matrix[i * columns + k] as number) *
                    ((parts[at] as Float64Array)[k] as number);
              }
            }
          }
          const frequency = onto.list[t] as (typeof onto.list)[number];
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const [cosine, sine] = waveAt(next.torus, frequency, y, x);
              for (let c = 0; c < channels; c++) {
                const real = (image[c] as number) * cosine;
                const pair = frequency.isReal
                  ? real
                  : Math.SQRT2 * (real - (image[channels + c] as number) * sine);
                got[(c * height + y) * width + x] += pair / size;
              }
            }
          }
        });
        wanted.forEach((value, i) => {
          expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-12);
        });
        kinds[map.kind]++;
        if (step.torus.height !== next.torus.height && map.kind === 'convolution') strides++;
        expect(values.length).toBeGreaterThan(0);
      }
    }
    expect(kinds.convolution).toBeGreaterThan(20);
    expect(kinds.dense).toBeGreaterThan(20);
    expect(strides).toBeGreaterThan(5);
  });
});

describe('a run of the chain', () => {
  it('lets every position of a map be on or off, and a sum that is not complete pass', () => {
    let maps = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const { network, layers, plan } = planned(seed);
      if (plan === undefined || plan.length < 3) continue;
      const inputs = inputsOf(network.layers);
      const domain = {
        ...{
          kind: 'box' as const,
          lower: new Float64Array(inputs),
          upper: new Float64Array(inputs).fill(1),
        },
      };
      const { values } = complete(analyseMapsSteps(layers, network, domain));
      if (values === undefined) continue;
      const prepared = complete(prepareSteps(plan, layers as readonly LinearDifference[], values));
      const { steps } = complete(runTorusSteps(prepared, firstParameters(prepared), true));
      for (const [index, { error }] of steps.entries()) {
        const { plan: own, isVector } = prepared.steps[index] as (typeof prepared.steps)[number];
        if (error === undefined) continue;
        for (const { layer, shape, from } of own.open) {
          const low = error.low.subarray(from, from + shape.channels);
          const span = error.span.subarray(from, from + shape.channels);
          const passes = layer !== own.output;
          if (!passes && isVector) continue;
          expect([...low]).toEqual(new Array(shape.channels).fill(passes ? 1 : 0));
          expect([...span]).toEqual(new Array(shape.channels).fill(passes ? 0 : 1));
          maps++;
        }
      }
    }
    expect(maps).toBeGreaterThan(4);
  });
});
