/** Direct and scale blocks, and handed-on maps: what is placed, and how often that fails against its bound. */
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import {
  directFailure,
  placeRows,
  rowsByEntries,
  segmentsWidth,
  sizeDirect,
} from '../../src/constructions/maps/direct.js';
import { hornerMaps, skipMaps } from '../../src/constructions/maps/maps.js';
import type { MapsClass, MapsPlan } from '../../src/constructions/maps/plan.js';
import { copiesFor, scaleDemand } from '../../src/constructions/maps/scale.js';
import { planSkipMapsSteps } from '../../src/constructions/maps/skip-search.js';
import type { SchemeName } from '../../src/constructions/skip/search.js';
import { complete } from '../../src/core/steps.js';
import { lowerMapsSteps } from '../../src/integer/lower-maps.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import {
  type KnownEntry,
  type NetworkClass,
  networkClassOf,
} from '../../src/integer/network-class.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { propagate } from '../../src/proof/propagate.js';
import type { LayerMask } from '../../src/source/mask.js';
import { createSource, layerSigns } from '../../src/source/source.js';
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap, denseMap } from '../../src/target/make-layers.js';
import type { InputSign, Layer, Network } from '../../src/target/network.js';
import { randomStream } from '../networks.js';

const plus = (column: number): KnownEntry => ({ column, value: 1n });
const minus = (column: number): KnownEntry => ({ column, value: -1n });
const identity = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, at) => at);

/** The maxima of pairs: rows of one, two and four signs. */
const ROWS: KnownEntry[][] = [0, 1, 2, 3].flatMap((channel) => [
  [plus(4 * channel)],
  [plus(4 * channel + 1), minus(4 * channel)],
  [plus(4 * channel + 2), plus(4 * channel + 3), minus(4 * channel), minus(4 * channel + 1)],
]);

/** More failures of so many seeds than a bound allows have a probability below 1e-6. */
function isWithin(failures: number, seeds: number, bound: number): boolean {
  const mean = seeds * bound;
  return failures <= mean + 5 * Math.sqrt(mean) + 5;
}

describe('direct blocks', () => {
  it('place rows where their edges have their signs', () => {
    const segments = sizeDirect(ROWS, 10, 1e8);
    const signs = layerSigns(7n, 3);
    const placed = placeRows(ROWS, segments, identity(16), signs);
    if (!placed.placed) throw new Error('not placed');
    expect(new Set(placed.neurons).size).toBe(ROWS.length);
    placed.neurons.forEach((neuron, row) => {
      expect(neuron).toBeLessThan(segmentsWidth(segments));
      for (const { column, value } of ROWS[row] as KnownEntry[]) {
        expect(signs.sign(column, neuron)).toBe(Number(value));
      }
    });
  });

  it.each([0.5, 0.1, 0.01])('fail at most as often as their bound says, near %f', (delta) => {
    const prices = Array.from({ length: 60 }, (_, step) => 2 ** (step / 2));
    const segments = prices
      .map((price) => sizeDirect(ROWS, 1, price))
      .find((sized) => directFailure(ROWS, sized) <= delta);
    if (segments === undefined) throw new Error('no sizes');
    const bound = directFailure(ROWS, segments);
    const seeds = 10_000;
    let failures = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const signs = layerSigns(BigInt(seed), 1);
      if (!placeRows(ROWS, segments, identity(16), signs).placed) failures++;
    }
    expect(isWithin(failures, seeds, bound)).toBe(true);
  });

  it('give no bound for rows that suit neurons together', () => {
    const rows = [
      [plus(0), plus(1)],
      [plus(0), plus(2)],
    ];
    const segments = rowsByEntries(rows).map(({ entries }) => ({ entries, width: 1000 }));
    expect(directFailure(rows, segments)).toBe(1);
    const halves = [[plus(0)], [minus(0)], [plus(1)], [minus(1)]];
    expect(directFailure(halves, [{ entries: 1, width: 200 }])).toBeLessThan(1e-6);
  });
});

describe('scale blocks', () => {
  it('multiply by what their copies make', () => {
    for (let bits = 1; bits < 20; bits++) {
      for (const growth of [2, 4] as const) {
        const factor = copiesFor(bits, growth).reduce((product, copies) => product * copies, 1);
        expect(factor).toBe(2 ** bits);
      }
    }
    const rows = [[{ column: 0, value: 8n }], [plus(1)], [{ column: 2, value: 8n }]];
    expect(scaleDemand(rows)).toEqual({ growing: [0, 2], waiting: [1], bits: 3 });
    expect(() => scaleDemand([[{ column: 0, value: 3n }]])).toThrow(RangeError);
    expect(() => scaleDemand([...rows, [{ column: 3, value: 4n }]])).toThrow(RangeError);
  });
});

/** A residual sum of 3 x 3 maps, so that all kinds of block are in it. */
function residual(): Network {
  const shape = { channels: 2, height: 3, width: 3 };
  const weights = Float64Array.from({ length: 36 }, (_, at) => ((at * 5) % 7) / 4 - 0.75);
  const pads = { top: 1, left: 1, bottom: 1, right: 1 };
  const kernel = { height: 3, width: 3 };
  const conv = convolutionMap({ input: shape, outputChannels: 2, kernel, pads, weights });
  const same = convolutionMap({
    ...{ input: shape, outputChannels: 2, kernel: { height: 1, width: 1 }, groups: 2 },
    weights: [1, 1],
  });
  const bias = exactArray(Float64Array.of(0.5, -0.25));
  const layers: Layer[] = [
    { ...conv, bias, activation: 'relu' },
    {
      ...{ kind: 'sum', inputs: 36, outputs: 18, parts: [conv, same] },
      ...{ bias, activation: 'relu', reads: [1, 0] },
    },
    {
      ...denseMap(
        18,
        2,
        Float64Array.from({ length: 36 }, (_, at) => ((at * 3) % 5) - 2),
      ),
      ...{ bias: exactArray(new Float64Array(2)), activation: 'identity' },
    },
  ];
  const box = { lower: new Float64Array(18), upper: new Float64Array(18).fill(1) };
  return { layers, domain: { kind: 'box', ...box } };
}

/** A plan for a class of maps, and what finds networks by it. */
type Planned = readonly [
  construction: Construction<MapsPlan>,
  planFor: (networkClass: NetworkClass, delta: number) => MapsPlan,
];

/** Skip's blocks of one scheme, but for the last, which is no relay. */
function blocksOf(scheme: SchemeName, copied: boolean): Planned {
  const schemes = (index: number): readonly SchemeName[] =>
    index === 3 && scheme.startsWith('relay') ? ['twin'] : [scheme];
  return [
    skipMaps,
    (networkClass, delta) =>
      complete(planSkipMapsSteps(networkClass as MapsClass, delta, { schemes, copied: [copied] })),
  ];
}

const SKIP_SCHEMES = ['twin', 'relay', 'relay2', 'pairs', 'quads', 'gathered'] as const;
const PLANNED: readonly (readonly [string, ...Planned])[] = [
  ['horner', hornerMaps, (...request) => hornerMaps.plan(...request)],
  ['skip', skipMaps, (...request) => skipMaps.plan(...request)],
  ...SKIP_SCHEMES.flatMap((scheme) => [
    [scheme, ...blocksOf(scheme, false)] as const,
    [`${scheme}, from a copy of the columns`, ...blocksOf(scheme, true)] as const,
  ]),
];

describe('a source for feature maps', () => {
  const network = residual();
  const signs = ['nonnegative', 'nonnegative'] as const;
  const places = losslessMapPlaces(withSumPooling(network));
  const target = complete(lowerMapsSteps(network, places, signs));
  const networkClass = networkClassOf(target, signs);

  it('is looked for with blocks of all kinds, one of which hands maps on', () => {
    const forms = target.maps?.blocks.map(({ form }) => form) ?? [];
    expect(forms.map(({ kind }) => kind)).toEqual(['free', 'scale', 'free', 'free']);
    expect(forms[0]).toMatchObject({ passed: 2 });
  });

  it.each(PLANNED)(
    '%s: fails at most as often as its bound says, and what is found is proved',
    (name, construction, planFor) => {
      const isPlanned = name === 'horner' || name === 'skip';
      for (const delta of isPlanned ? [0.5, 0.1] : [0.3]) {
        const plan = planFor(networkClass, delta);
        expect(plan.failureBound).toBeLessThanOrEqual(delta);
        const copied = plan.mapsBlocks.some((block) => block.kind === 'skip' && block.copied);
        if (name !== 'skip') expect(copied).toBe(name.includes('copy'));
        const seeds = 300;
        let failures = 0;
        for (let seed = 1; seed <= seeds; seed++) {
          const source = createSource(BigInt(seed), plan.shape);
          const masks: LayerMask[] = [];
          const finding = construction.find(target, source, plan, (t, mask) => {
            masks[t - 1] = mask;
          });
          if (!finding.found) {
            failures++;
            expect(finding.unmet.probability).toBeLessThanOrEqual(1);
            continue;
          }
          if (seed > 10) continue;
          const { assignments } = finding;
          const proof = propagate({
            ...{ source, target, assignments, inputSigns: signs },
            mask: (t) => masks[t - 1] as LayerMask,
          });
          expect(proof.equal).toBe(true);
        }
        expect(isWithin(failures, seeds, plan.failureBound)).toBe(true);
      }
    },
  );
});

/** A residual sum of wide maps at one position: worth chains in fours, and maps are handed on beside them. */
function wide(channels: number): Network {
  const random = randomStream(5);
  const shape = { channels, height: 1, width: 2 };
  const kernel = { height: 1, width: 1 };
  const convolution = () =>
    convolutionMap({
      ...{ input: shape, outputChannels: channels, kernel },
      weights: Float64Array.from(
        { length: channels ** 2 },
        () => (Math.floor(random() * 2 ** 24) - 2 ** 23) / 2 ** 24,
      ),
    });
  const same = convolutionMap({
    ...{ input: shape, outputChannels: channels, kernel, groups: channels },
    weights: new Array<number>(channels).fill(1),
  });
  const bias = exactArray(new Float64Array(channels).fill(0.25));
  const inputs = 2 * channels;
  const layers: Layer[] = [
    { ...convolution(), bias, activation: 'relu' },
    {
      ...{ kind: 'sum', inputs: 2 * inputs, outputs: inputs, parts: [convolution(), same] },
      ...{ bias, activation: 'identity', reads: [1, 0] },
    },
  ];
  const box = { lower: new Float64Array(inputs), upper: new Float64Array(inputs).fill(1) };
  return { layers, domain: { kind: 'box', ...box } };
}

describe('chains in fours over feature maps', () => {
  it('are taken where they make the source smaller, and hand maps on', () => {
    const network = wide(260);
    const signs = new Array<InputSign>(260).fill('nonnegative');
    const places = losslessMapPlaces(withSumPooling(network));
    const target = complete(lowerMapsSteps(network, places, signs));
    const plan = hornerMaps.plan(networkClassOf(target, signs), 1e-3);
    const [first] = plan.mapsBlocks;
    expect(first?.kind === 'free' && (first.horner.quads ?? 0) > 0).toBe(true);
    const source = createSource(1n, plan.shape);
    const masks: LayerMask[] = [];
    const finding = hornerMaps.find(target, source, plan, (t, mask) => {
      masks[t - 1] = mask;
    });
    if (!finding.found) throw new Error(finding.unmet.demand);
    const { assignments } = finding;
    const proof = propagate({
      ...{ source, target, assignments, inputSigns: signs },
      mask: (t) => masks[t - 1] as LayerMask,
    });
    expect(proof.equal).toBe(true);
  });
});
