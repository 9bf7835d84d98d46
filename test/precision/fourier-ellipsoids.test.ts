/** What Fourier ellipsoids are made of: components, maps between them, and factors that cover what is cut off. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { fourierWork } from '../../src/precision/bounds/fourier-ellipsoids.js';
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
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap, denseMap } from '../../src/target/make-layers.js';
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
      const lower = new Float64Array(inputs);
      const domain = { kind: 'box', lower, upper: lower.map(() => 1) } as const;
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

describe('what the bound takes', () => {
  /** Two convolutions of one channel on planes of this side. */
  function workOf(side: number): number {
    const plane = { height: side, width: side };
    const map = convolutionMap({
      ...{ input: { channels: 1, ...plane }, outputChannels: 1 },
      ...{ kernel: { height: 3, width: 3 }, pads: { top: 1, left: 1, bottom: 1, right: 1 } },
      weights: new Float64Array(9).fill(0.375),
    });
    const bias = exactArray(new Float64Array(1));
    const layers = [
      { ...map, bias, activation: 'relu' },
      { ...map, bias, activation: 'identity' },
    ] as const;
    return fourierWork(mapDifferences({ layers, domain: { kind: 'all' } }, [1, 1]), side * side);
  }

  it('grows with the square of a plane, and is given up before it is begun', () => {
    expect(workOf(32)).toBeLessThan(1e9);
    expect(workOf(64) / workOf(32)).toBeGreaterThan(12);
    expect(workOf(128)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('how far the reference may be off', () => {
  /** So many layers of the same numbers side by side, on three inputs. */
  function slackBeside(count: number): number {
    const bias = exactArray(Float64Array.of(0.1, -0.3));
    const weights = (length: number) =>
      Float64Array.from({ length }, (_, k) => 0.7 - 0.3 * (k % 5));
    const own = { ...denseMap(3, 2, weights(6)), bias, activation: 'relu', reads: [0] } as const;
    const sides = Array.from({ length: count }, () => own);
    const reads = sides.map((_, index) => index + 1);
    const last = denseMap(2 * count, 2, weights(4 * count));
    const layers = [...sides, { ...last, bias, activation: 'identity', reads }] as const;
    const lower = new Float64Array(3).fill(-1);
    const domain = { kind: 'box', lower, upper: lower.map(() => 0.9) } as const;
    const network = { layers, domain };
    const places = layers.map(() => 3);
    const differences = mapDifferences(network, places);
    const { values } = complete(analyseMapsSteps(differences, network, domain));
    const plan = torusPlan(differences, 3);
    if (values === undefined || plan === undefined) throw new Error('no plan');
    const { steps } = complete(
      prepareSteps(plan, differences as readonly LinearDifference[], values),
    );
    const { referenceSlack } = steps[0] as (typeof steps)[number];
    expect(referenceSlack).toHaveLength(2 * count);
    return Math.min(...referenceSlack);
  }

  it('is one ellipsoid of all sums that are complete together', () => {
    expect(slackBeside(1)).toBeGreaterThan(0);
    expect(slackBeside(2) / slackBeside(1)).toBeCloseTo(2, 9);
    expect(slackBeside(3) / slackBeside(1)).toBeCloseTo(3, 9);
  });
});
