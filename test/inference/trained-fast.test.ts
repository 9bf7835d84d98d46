/** The fast engine of trained tickets: the bits of the plain one, layers that read signs by counting bits. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import type { OpenEngineOptions } from '../../src/inference/engine-core.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import type { OpenedEngine } from '../../src/inference/open-engine.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { trainedEngineSteps } from '../../src/inference/trained.js';
import { trainedFastEngineSteps, trainedFastPlan } from '../../src/inference/trained-fast.js';
import { compileTrained } from '../../src/inference/trained-layers.js';
import type { TrainedProgram } from '../../src/inference/trained-program.js';
import { parseShape } from '../../src/search/shape-text.js';
import { type DenseMask, keptCount, wordsPerColumn } from '../../src/source/mask.js';
import { admitTicket } from '../../src/ticket/cost.js';
import type { TrainedHead, TrainedTicket } from '../../src/ticket/trained.js';
import { inputCount, stagesOf } from '../../src/ticket/trained-maps.js';
import { randomStream } from '../networks.js';
import { sampleTrained } from '../ticket/trained-sample.js';

/** A network of a shape with random edges, as a ticket's program. */
function programOf(
  text: string,
  seed: number,
  given: { readonly activation?: 'relu' | 'sign'; readonly isNormal?: boolean } = {},
): TrainedProgram {
  const { activation = 'sign', isNormal = false } = given;
  const { widths, maps } = parseShape(text);
  const random = randomStream(seed);
  const keep = 0.2 + 0.7 * random();
  const stages = stagesOf(widths, maps);
  const layers = stages.map(({ kernel, inputChannels, channels, normalized }, index) => {
    const columns = kernel.height * kernel.width * inputChannels;
    const edges: number[] = [];
    const offsets = [0];
    for (let channel = 0; channel < channels; channel++) {
      // Some channels have no edges at all, some have all.
      const own = [0, keep, keep, keep, 1][Math.floor(5 * random())] as number;
      for (let column = 0; column < columns; column++) {
        if (random() < own) edges.push(2 * column + (random() < 0.5 ? 1 : 0));
      }
      offsets.push(edges.length);
    }
    const numbers = (make: () => number) => Float64Array.from({ length: channels }, make);
    return {
      outputs: channels,
      offsets: Uint32Array.from(offsets),
      edges: Uint32Array.from(edges),
      magnitudes: isNormal ? Float64Array.from(edges, () => Math.fround(random())) : null,
      scale: 0.1 + random() / (index + 1),
      ...(normalized && {
        normalization: {
          factors: numbers(() => random() + 0.1),
          shifts: numbers(() => random() - 0.5),
        },
      }),
    };
  });
  const channels = widths[0] as number;
  return {
    inputs: inputCount(widths, maps),
    outputs: widths.at(-1) as number,
    ...(maps && { stages }),
    standardization: {
      mean: Float64Array.from({ length: channels }, () => random()),
      deviation: Float64Array.from({ length: channels }, () => random() + 0.5),
    },
    activation,
    layers,
  };
}

function trainedTicket(given: Partial<TrainedHead> = {}): TrainedTicket {
  const { head, mask } = sampleTrained(given);
  const kept = head.widths.slice(1).map((_, index) => keptCount(mask(index + 1)));
  return { ...head, kept, mask };
}

const SAMPLES = 21;

const SHAPES: readonly (readonly [text: string, signLayers: readonly number[]])[] = [
  ['40-33-65-7', [2, 3]],
  ['9-1-1-3', [2, 3]],
  ['5-1100-3-2', [2, 3]],
  ['64-2', []],
  ['8x8-conv2-norm', [2, 3, 4, 5]],
  ['7x6x3-conv33-conv40s2-17-4', [2, 3, 4]],
  ['9x9x2-conv5k5p0-conv31k4p2-pool-conv64k1p0-9-3', [2, 3, 4, 5]],
  ['6x6-conv70-norm-conv12k5p2-pool-norm-5-norm-3', [2, 3, 4]],
  // Behind a mean there are no signs.
  ['8x8x3-conv34-norm-res34-res48s2-average-5', [2, 3, 4, 5, 6]],
  ['12x12-conv350-conv9k3p1-pool3-4', [2, 3]],
];

describe('the fast engine of trained tickets', () => {
  it.each(SHAPES)('gives the bits of the plain one with signs: %s', (text, expected) => {
    for (const seed of [1, 2, 3]) {
      const program = programOf(text, seed);
      expect(trainedFastPlan(program).layers).toEqual(expected);
      const random = randomStream(100 + seed);
      const batch = Float64Array.from({ length: SAMPLES * program.inputs }, () => 3 * random() - 1);
      const outputs = complete(trainedEngineSteps(program)(batch, SAMPLES));
      expect(complete(trainedFastEngineSteps(program)(batch, SAMPLES))).toEqual(outputs);
      const plain = trainedFastEngineSteps(program, jsMachines);
      expect(complete(plain(batch, SAMPLES))).toEqual(outputs);
    }
  });

  it.each(SHAPES)('gives the bits of the plain one with ReLU, and normal weights: %s', (text) => {
    for (const [seed, isNormal] of [
      [4, false],
      [5, true],
    ] as const) {
      for (const activation of ['relu', 'sign'] as const) {
        const program = programOf(text, seed, { activation, isNormal });
        if (activation === 'relu' || isNormal) expect(trainedFastPlan(program).layers).toEqual([]);
        const random = randomStream(200 + seed);
        const batch = Float64Array.from({ length: 5 * program.inputs }, () => 3 * random() - 1);
        const outputs = complete(trainedEngineSteps(program)(batch, 5));
        expect(complete(trainedFastEngineSteps(program)(batch, 5))).toEqual(outputs);
      }
    }
  });

  it.each(['relu', 'sign'] as const)(
    'is what many samples take, and says so (%s)',
    (activation) => {
      const ticket = trainedTicket({ activation });
      const random = randomStream(5);
      const engines: readonly OpenEngineOptions[] = [
        { engine: 'float' },
        { engine: 'fast' },
        { samples: 100 },
        { samples: 3 },
      ];
      const [float, fast, many, few] = engines.map((options) => openEngine(ticket, options)) as [
        ...(readonly [OpenedEngine, OpenedEngine, OpenedEngine, OpenedEngine]),
      ];
      const batch = Float64Array.from({ length: 40 * float.inputs }, () => 20 * random() - 10);
      const values = float.evaluate(batch, 40);
      for (const engine of [fast, many, few]) expect(engine.evaluate(batch, 40)).toEqual(values);
      expect(fast.report().error).toEqual(float.report().error);
      expect(many.report()).toMatchObject({ engine: 'fast', reason: 'for more than 32 samples' });
      expect(few.report()).toMatchObject({ engine: 'float', reason: 'for at most 32 samples' });
      const countsBits = /counted by bits, in layers 2,/.test(fast.report().arithmetic);
      expect(countsBits).toBe(activation === 'sign');
    },
  );

  it('refuses inputs whose sums are beyond float64, as the plain one does', () => {
    const ticket = trainedTicket();
    const large = new Float64Array(6).map((_, at) => (at % 2 === 0 ? 1.7e308 : -1.7e308));
    for (const engine of ['float', 'fast'] as const) {
      expect(() => openEngine(ticket, { engine }).evaluate(large, 1)).toThrow(/beyond float64/);
    }
  });

  it('refuses a sum beyond float64 that a sign would hide, whatever the kernels run on', () => {
    const program = programOf('6x5-conv6-norm-conv5-3', 8, { isNormal: true });
    const [first, ...others] = program.layers;
    const layers = [{ ...first, scale: 1e300 } as (typeof program.layers)[0], ...others];
    for (const machines of [undefined, jsMachines]) {
      const run = trainedFastEngineSteps({ ...program, layers }, machines);
      expect(complete(run(new Float64Array(30).fill(1e6), 1))).toHaveLength(3);
      const large = new Float64Array(60).fill(1e6).fill(1e9, 45);
      expect(() => complete(run(large, 2))).toThrow(/layer 1: a sum is beyond float64/);
    }
  });

  it('takes no more memory than is allowed, beside what the network takes', () => {
    const ticket = wideTicket(1000, 2000, (at) => 0x55555555 << (at % 2));
    const { bytes, plainly } = trainedFastPlan(compileTrained(ticket));
    expect(plainly).toBeNull();
    expect(bytes).toBeGreaterThan(12 * 1000 * 2000);
    const memory = 2 ** 31 - admitTicket(ticket, 'program', 2 ** 31).memory + bytes;
    const engine = (given: OpenEngineOptions) =>
      openEngine(ticket, { samples: 100, ...given }).report();
    expect(engine({ memory })).toMatchObject({ engine: 'fast' });
    expect(engine({ memory: memory - 1 })).toMatchObject({
      ...{ engine: 'float', reason: 'fast would need more memory' },
    });
    expect(() => engine({ memory: memory - 1, engine: 'fast' })).toThrow(
      /the fast engine needs about \d+M .*option "memory"/,
    );
  });

  it('refuses what no memory holds, in words and before it takes any', () => {
    const program = programOf('2000x2000-conv4k1p0-conv4k1p0-conv4k1p0-pool100-10', 3);
    expect(trainedFastPlan(program).plainly).toMatch(/more than 4 GiB/);
    for (const make of [trainedEngineSteps, trainedFastEngineSteps]) {
      expect(() => make(program)).toThrow(InputError);
      expect(() => make(program)).toThrow(/holds \d+\.\d GiB/);
    }
  });

  it('leaves few edges to the plain one, and says so', () => {
    const ticket = wideTicket(300, 900, (at) => Number(at % 20 === 0));
    for (const given of [{ samples: 100 }, { engine: 'fast' }] as const) {
      const opened = openEngine(ticket, given);
      expect(opened.evaluate(new Float64Array(300).fill(1), 1)).toHaveLength(2);
      expect(opened.report()).toMatchObject({
        engine: 'float',
        reason: expect.stringMatching(/few edges/),
      });
    }
  });

  it('leaves sums beyond float64 in fully connected layers to the plain one', () => {
    for (const activation of ['relu', 'sign'] as const) {
      const program = programOf('6-16-8-3', 9, { activation });
      const batch = new Float64Array(40 * 6).map((_, at) => (at === 100 ? 1.7e308 : at % 7));
      const outputs = complete(trainedEngineSteps(program)(batch, 40));
      expect(complete(trainedFastEngineSteps(program)(batch, 40))).toEqual(outputs);
    }
  });
});

/** Layers of `inputs`, `hidden` and 2 with these words in their masks. */
function wideTicket(inputs: number, hidden: number, word: (at: number) => number): TrainedTicket {
  const widths = [inputs, hidden, 2];
  const masks = [1, 2].map((t): DenseMask => {
    const [from, to] = [widths[t - 1], widths[t]] as [number, number];
    const words = Uint32Array.from({ length: from * wordsPerColumn(to) }, (_, at) =>
      to < 32 ? word(at) & (2 ** to - 1) : word(at),
    );
    // Rows behind the last have no edges.
    if (to % 32 !== 0 && to > 32) {
      const per = wordsPerColumn(to);
      for (let at = per - 1; at < words.length; at += per) words[at] &= 2 ** (to % 32) - 1;
    }
    return { kind: 'dense', inputs: from, outputs: to, words };
  });
  const standardization = {
    mean: new Float64Array(inputs),
    deviation: new Float64Array(inputs).fill(1),
  };
  const { head } = sampleTrained();
  return {
    ...{ ...head, widths, standardization, probeOutputs: new Float64Array(0) },
    ...{ kept: masks.map(keptCount), mask: (t: number) => masks[t - 1] as DenseMask },
  };
}
