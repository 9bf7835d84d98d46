/** Networks of feature maps from the target to outputs: found, proved from the written bytes, run. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { dyadicToNumber } from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { Found } from '../../src/pipeline/find-steps.js';
import { verifyTicket } from '../../src/proof/verify.js';
import type { LayerMask } from '../../src/source/mask.js';
import { sourceWeights } from '../../src/source/shape.js';
import { evaluateExactly, evaluateNetwork } from '../../src/target/evaluate.js';
import { inputsOf, type Network } from '../../src/target/network.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';

function found(network: Network, options: Partial<Parameters<typeof findTicket>[1]> = {}): Found {
  const result = findTicket(network, { construction: horner, ...options });
  if (!result.found) throw new Error('not found');
  return result;
}

function inputFor(network: Network, seed: number): Float64Array {
  const random = randomStream(seed);
  const least = network.domain.kind === 'all' ? -1 : 0;
  const count = inputsOf(network.layers);
  return Float64Array.from({ length: count }, () => {
    return Math.round(64 * (least + random() * (1 - least))) / 64;
  });
}

/** Every other network is found in a skip source. */
function constructionFor(seed: number): Construction {
  return (seed % 2 === 0 ? horner : skip) as Construction;
}

/** Networks that can be laid out, of the first so many seeds. */
function* networks(seeds: number): Generator<readonly [number, Network]> {
  for (let seed = 1; seed <= seeds; seed++) {
    yield [
      seed,
      randomMapNetwork({
        ...{ seed, bits: 2, layers: 1 + (seed % 4), side: 1 + (seed % 5) },
        domain: seed % 3 === 0 ? 'all' : 'box',
        channelsLast: seed % 4 === 0,
      }),
    ];
  }
}

describe('a network of feature maps', () => {
  it('is found, proved and run as it is, on random networks', () => {
    let done = 0;
    for (const [seed, network] of networks(40)) {
      let result: Found;
      try {
        result = found(network, { construction: constructionFor(seed) });
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        continue;
      }
      done++;
      expect(result.verdict.failure).toBeUndefined();
      expect(result.verdict.proved).toBe(true);
      expect(result.verdict.modelMatches).toBe(true);
      const input = inputFor(network, seed);
      const exact = evaluateExactly(network, input).map(dyadicToNumber);
      const outputs = openEngine(result.ticket, { engine: 'exact' }).evaluate(input, 1);
      expect([...outputs].map((value) => value + 0)).toEqual(exact.map((value) => value + 0));
      for (const engine of ['float', 'folded'] as const) {
        const opened = openEngine(result.ticket, { engine });
        const values = opened.evaluate(input, 1);
        const { rounding } = opened.report().error;
        values.forEach((value, at) => {
          expect(Math.abs(value - (exact[at] as number))).toBeLessThanOrEqual(
            Number(rounding?.[at]),
          );
        });
      }
    }
    expect(done).toBeGreaterThan(30);
  });

  it('is refused by the checker once a kept edge, a tap or an integer is changed', () => {
    let refused = 0;
    let changed = 0;
    for (const [seed, network] of networks(12)) {
      let ticket: ConstructedTicket;
      try {
        ({ ticket } = found(network, { construction: constructionFor(seed) }));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        continue;
      }
      const random = randomStream(seed);
      for (let trial = 0; trial < 12; trial++) {
        const other = mutated(ticket, random);
        const verdict = verifyTicket(other);
        changed++;
        if (!verdict.proved) {
          refused++;
          expect(verdict.failure?.reason).not.toBe('');
          continue;
        }
        // What is proved all the same is the same function.
        const input = inputFor(network, seed + trial);
        const outputs = openEngine(other, { engine: 'exact' }).evaluate(input, 1);
        expect([...outputs]).toEqual([
          ...openEngine(ticket, { engine: 'exact' }).evaluate(input, 1),
        ]);
      }
    }
    expect(refused).toBeGreaterThan(changed / 2);
  });

  it("is found by horner and skip alone, and not to the paper's digits", () => {
    const network = randomMapNetwork({ seed: 5, bits: 2, layers: 2 });
    const paper = { mode: 'paper', epsilon: 0.1 } as const;
    expect(() => found(network, { precision: paper })).toThrow(UsageError);
    expect(() => found(network, { construction: { ...horner, name: 'diamond' } })).toThrow(
      /diamond is for fully connected networks; horner and skip find feature maps/,
    );
  });
});

/** The ticket with an edge dropped, an edge added, or an integer changed. */
function mutated(ticket: ConstructedTicket, random: () => number): ConstructedTicket {
  const below = (limit: number): number => Math.floor(random() * limit);
  const { target } = ticket;
  if (random() < 0.3) {
    const index = below(target.matrices.length);
    const matrices = target.matrices.map((matrix, at) => {
      if (at !== index) return matrix;
      const values = Array.from(matrix.values, BigInt);
      const entry = below(values.length);
      values[entry] = (values[entry] as bigint) + 1n;
      return { ...matrix, values: Float64Array.from(values, Number) };
    });
    return { ...ticket, target: { ...target, matrices } };
  }
  const layers = ticket.kept.length;
  const t = 1 + below(layers);
  const mask = ticket.mask(t);
  const { inputs, outputs } = mask;
  const edges = [...edgesOf(mask)];
  const column = below(inputs);
  const row = below(outputs);
  const at = edges.findIndex(([from, to]) => from === column && to === row);
  if (at >= 0) edges.splice(at, 1);
  else if (edges.length > 0 && random() < 0.6) edges.splice(below(edges.length), 1);
  else edges.push([column, row]);
  edges.sort(([a, b], [c, d]) => a - c || b - d);
  const other = sparseMask(inputs, outputs, edges);
  return { ...ticket, mask: (layer): LayerMask => (layer === t ? other : ticket.mask(layer)) };
}

const REAL = [
  // Source weights in millions: at most those of the prototype, where it has any; of skip what it takes.
  ['resnet_2b', 'horner', 80.8],
  ['cifar_base_kw', 'horner', 75],
  ['convnet_maxpool', 'horner', 40],
  ['cifar10_small_nhwc', 'horner', 40],
  ['resnet_2b', 'skip', 12.6],
  ['convnet_maxpool', 'skip', 3.5],
] as const;

describe.runIf(sharedFolder !== undefined)('real networks of feature maps', () => {
  it.each(REAL)('%s is found lossless by %s, proved, and run', async (name, by, most) => {
    const model = readFileSync(sharedModel(`${name}.onnx`));
    const { network } = readOnnx(model);
    const construction = (by === 'skip' ? skip : horner) as Construction;
    const { plan, verdict, ticket } = found(network, { construction });
    expect(verdict.proved).toBe(true);
    expect(verdict.modelMatches).toBe(true);
    expect(Number(sourceWeights(plan.shape)) / 1e6).toBeLessThanOrEqual(most);
    const input = inputFor({ ...network, domain: { kind: 'box' } as never }, 7);
    const real = evaluateNetwork(network, input);
    const engine = openEngine(ticket, { engine: 'float' });
    const outputs = engine.evaluate(input, 1);
    const { rounding } = engine.report().error;
    outputs.forEach((value, at) => {
      expect(Math.abs(value - (real[at] as number))).toBeLessThanOrEqual(
        Number(rounding?.[at]) + 1e-9 * Math.abs(value),
      );
    });

    // The original in ONNX Runtime, but for some dozen roundings of float32 (bench/map-agreement.mjs: more).
    const inputs = [8, 9].map((seed) =>
      inputFor({ ...network, domain: { kind: 'box' } as never }, seed),
    );
    const wanted = await runtimeOutputs(
      model,
      inputs.map((each) => Float32Array.from(each)),
    );
    for (const which of [engine, openEngine(ticket, { engine: 'folded' })]) {
      inputs.forEach((each, index) => {
        const own = which.evaluate(each, 1);
        const largest = Math.max(...own.map(Math.abs));
        expect(own.length).toBe(wanted[index]?.length);
        own.forEach((value, at) => {
          const difference = Math.abs(value - (wanted[index]?.[at] as number));
          expect(difference).toBeLessThanOrEqual(2 ** -18 * largest);
        });
      });
    }
  });
});
