/** Grouped convolutions in grouped sources: what is planned, found, proved and written, and what is refused. */
import { describe, expect, it } from 'vitest';
import { describeMapsBlocks } from '../../src/cli/text/map-words.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { hornerMaps, skipMaps } from '../../src/constructions/maps/maps.js';
import type { MapsPlan } from '../../src/constructions/maps/plan.js';
import { roleAt } from '../../src/constructions/roles.js';
import { formatPlan, parsePlan } from '../../src/constructions/source-record.js';
import { dyadicToNumber } from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { lowerMapsSteps } from '../../src/integer/lower-maps.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { findTicket } from '../../src/pipeline/find.js';
import { propagate } from '../../src/proof/propagate.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { checkShape } from '../../src/source/check-shape.js';
import { edgeBetweenGroups, type LayerMask } from '../../src/source/mask.js';
import { sameShape, sourceWeights } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap, denseMap } from '../../src/target/make-layers.js';
import type { Layer, Network } from '../../src/target/network.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { changed } from '../ticket-changes.js';

/** An inverted residual: channels are spread, go through a depthwise convolution, and are added to what came. */
function inverted(channels: number, spread: number): Network {
  const random = randomStream(9);
  const weights = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => (Math.floor(random() * 16) - 8) / 8);
  const input = { channels, height: 3, width: 3 };
  const wide = { ...input, channels: spread };
  const point = { height: 1, width: 1 };
  const bias = (count: number) => exactArray(weights(count));
  const expand = convolutionMap({
    ...{ input, outputChannels: spread, kernel: point },
    weights: weights(spread * channels),
  });
  const depthwise = convolutionMap({
    ...{ input: wide, outputChannels: spread, kernel: { height: 3, width: 3 }, groups: spread },
    pads: { top: 1, left: 1, bottom: 1, right: 1 },
    weights: weights(9 * spread),
  });
  const project = convolutionMap({
    ...{ input: wide, outputChannels: channels, kernel: point },
    weights: weights(spread * channels),
  });
  const same = convolutionMap({
    ...{ input, outputChannels: channels, kernel: point, groups: channels },
    weights: new Array<number>(channels).fill(1),
  });
  const layers: Layer[] = [
    { ...expand, bias: bias(spread), activation: 'relu' },
    { ...depthwise, bias: bias(spread), activation: 'relu' },
    {
      ...{ kind: 'sum', inputs: project.inputs + same.inputs, outputs: project.outputs },
      ...{ parts: [project, same], bias: bias(channels), activation: 'relu', reads: [2, 0] },
    },
    {
      ...denseMap(9 * channels, 2, weights(18 * channels)),
      ...{ bias: bias(2), activation: 'identity' },
    },
  ];
  const width = 9 * channels;
  const box = { lower: new Float64Array(width), upper: new Float64Array(width).fill(1) };
  return { layers, domain: { kind: 'box', ...box } };
}

/** Every engine, against exact evaluation of the target. */
function expectWithinRounding(
  ticket: ConstructedTicket,
  network: Network,
  input: Float64Array,
): void {
  const exact = evaluateExactly(network, input).map(dyadicToNumber);
  for (const engine of ['exact', 'fast', 'float', 'folded'] as const) {
    const opened = openEngine(ticket, { engine });
    const values = opened.evaluate(input, 1);
    const { rounding } = opened.report().error;
    values.forEach((value, at) => {
      const off = Math.abs(value - (exact[at] as number));
      expect(off).toBeLessThanOrEqual(Number(rounding?.[at]));
    });
  }
}

describe('a grouped source', () => {
  const network = inverted(2, 12);
  const signs = ['nonnegative', 'nonnegative'] as const;
  const places = losslessMapPlaces(withSumPooling(network));
  const target = complete(lowerMapsSteps(network, places, signs));
  const networkClass = networkClassOf(target, signs);

  it('is planned where it is smaller than a dense one', () => {
    const { mapsBlocks, shape } = hornerMaps.plan(networkClass, 1e-3);
    const block = mapsBlocks.find(({ kind }) => kind === 'grouped');
    expect(block).toMatchObject({ kind: 'grouped' });
    expect(block?.kind === 'grouped' && block.passWidths.every((width) => width > 2)).toBe(true);
    // The same class without a word of groups.
    const { maps } = networkClass;
    if (maps === undefined) throw new Error('no maps');
    const blocks = maps.blocks.map(({ groups: _, ...rest }) => rest);
    const dense = hornerMaps.plan({ ...networkClass, maps: { ...maps, blocks } }, 1e-3);
    expect(sourceWeights(shape)).toBeLessThan(sourceWeights(dense.shape));
  });

  it('has roles by its plan, which is the same when its file is read', () => {
    const plan = hornerMaps.plan(networkClass, 1e-3);
    const read = parsePlan(formatPlan(plan));
    expect(read.failureBound).toBe(plan.failureBound);
    expect(sameShape(read.shape, plan.shape)).toBe(true);
    const found = findTicket(network, { construction: horner, plan: read });
    if (!found.found) throw new Error('not found');
    const { ticket, layout } = found;
    const { counts, layers } = rolesOf(ticket, { plan: read as MapsPlan });
    expect(counts.unknown).toBe(0);
    for (const { layer, neurons, roles } of layers) {
      const placed = layout.layer(layer);
      expect(roles).toEqual(Array.from(neurons, (neuron) => roleAt(placed, neuron)));
    }
  });

  it('fails at most as often as its bound says, and what is found is proved', () => {
    for (const delta of [0.3]) {
      const plan = hornerMaps.plan(networkClass, delta);
      expect(plan.failureBound).toBeLessThanOrEqual(delta);
      const seeds = 60;
      let failures = 0;
      for (let seed = 1; seed <= seeds; seed++) {
        const source = createSource(BigInt(seed), plan.shape);
        const masks: LayerMask[] = [];
        const finding = hornerMaps.find(target, source, plan, (t, mask) => {
          masks[t - 1] = mask;
        });
        if (!finding.found) {
          failures++;
          expect(finding.unmet.probability).toBeLessThanOrEqual(1);
          continue;
        }
        if (seed > 3) continue;
        const { assignments } = finding;
        const claim = { source, target, assignments, inputSigns: signs };
        expect(propagate({ ...claim, mask: (t) => masks[t - 1] as LayerMask }).equal).toBe(true);
      }
      const mean = seeds * plan.failureBound;
      expect(failures).toBeLessThanOrEqual(mean + 5 * Math.sqrt(mean) + 5);
    }
  });

  const found = findTicket(network, { construction: horner });
  if (!found.found) throw new Error('not found');
  const { ticket } = found;
  const bytes = found.bytes[0] as Uint8Array;

  it('is written, read, proved and run', () => {
    const again = ticketOfKind(readTicket(bytes), 'constructed', 'this test');
    expect(again.shape.layers.some(({ groups }) => groups !== undefined)).toBe(true);
    expect(sameShape(again.shape, ticket.shape)).toBe(true);
    expect(verifyTicket(again, { model: { network } }).proved).toBe(true);
    const random = randomStream(4);
    const input = Float64Array.from({ length: 18 }, () => Math.floor(random() * 17) / 16);
    expectWithinRounding(again, network, input);
  });

  it('has no edges between groups, kept or not', () => {
    const t = ticket.shape.layers.findIndex(({ groups }) => groups !== undefined) + 1;
    const { groups } = ticket.shape.layers[t - 1] as (typeof ticket.shape.layers)[number];
    if (groups === undefined) throw new Error('no groups');
    const mask = ticket.mask(t);
    expect(edgeBetweenGroups(mask, groups)).toBeNull();
    const [first] = groups as [(typeof groups)[number]];
    const edge = [0, first.channels] as const;
    const other = sparseMask(mask.inputs, mask.outputs, [...edgesOf(mask), edge]);
    expect(edgeBetweenGroups(other, groups)).toEqual({ column: 0, row: first.channels });
    const verdict = verifyTicket({
      ...ticket,
      mask: (layer) => (layer === t ? other : ticket.mask(layer)),
    });
    expect(verdict.failure).toMatchObject({
      ...{ layer: t, neuron: first.channels },
      reason: expect.stringMatching(/of another group, which the source does not have/),
    });
    const layers = ticket.shape.layers.map((layer, index) =>
      index === t - 1 ? { ...layer, groups: groups.slice(1) } : layer,
    );
    expect(() => checkShape({ ...ticket.shape, layers })).toThrow(UsageError);
  });

  it.each([
    'constructed.maps.groups = 3',
    'constructed.maps.groups = [[1, []]]',
    'constructed.maps.groups = [[1, [[1, 1, 4194305]]]]',
    'constructed.maps.groups = [[1, [[1, 1, 1]]]]',
    'constructed.maps.groups = [[100000, [[1, 1, 1]]]]',
    'constructed.maps.groups.0.1.0.0 = 0',
    'constructed.maps.kernels = [[1, [1, 1], [1, 1], [0, 0, 0, 0], [1, 1]]]',
    'constructed.maps.kernels = [[2, [3, 3], [1, 1], [0, 0, 0, 0], [1, 1]]]',
    'constructed.maps.kernels = [[2, [1, 1], [1, 1]]]',
    'constructed.maps.kernels = []',
  ])('is refused with %s', (changes) => {
    expect(() => readTicket(changed(bytes, changes))).toThrow(InputError);
  });

  it('has the same edges in a source without groups, and other columns with another kernel', () => {
    // The edges are as they were; the signs of a source do not depend on groups.
    const without = ticketOfKind(
      readTicket(changed(bytes, 'remove constructed.maps.groups')),
      'constructed',
      'this test',
    );
    expect(verifyTicket(without).proved).toBe(true);
    expect(sourceWeights(without.shape)).toBeGreaterThan(sourceWeights(ticket.shape));
    const padded = 'constructed.maps.kernels = [[2, [3, 3], [1, 1], [1, 1, 1, 1], [1, 1]]]';
    const other = ticketOfKind(
      readTicket(changed(bytes, `remove constructed.maps.groups; ${padded}`)),
      'constructed',
      'this test',
    );
    expect(verifyTicket(other).proved).toBe(false);
  });
});

/** Depthwise convolutions alone: of signed inputs, and last. */
function depthwiseAlone(channels: number, count: number): Network {
  const random = randomStream(12);
  const weights = (length: number): Float64Array =>
    Float64Array.from({ length }, () => (Math.floor(random() * 16) - 8) / 8);
  const input = { channels, height: 3, width: 3 };
  const layers = Array.from({ length: count }, (_, index): Layer => {
    const map = convolutionMap({
      ...{ input, outputChannels: channels, kernel: { height: 3, width: 3 }, groups: channels },
      pads: { top: 1, left: 1, bottom: 1, right: 1 },
      weights: weights(9 * channels),
    });
    const activation = index === count - 1 ? 'identity' : 'relu';
    return { ...map, bias: exactArray(weights(channels)), activation };
  });
  return { layers, domain: { kind: 'all' } };
}

describe('groups of signed inputs, and of the last layer', () => {
  const network = depthwiseAlone(12, 2);
  const signs = new Array<'signed'>(12).fill('signed');
  const places = losslessMapPlaces(withSumPooling(network));
  const target = complete(lowerMapsSteps(network, places, signs));
  const networkClass = networkClassOf(target, signs);
  const plan = hornerMaps.plan(networkClass, 1e-3);

  it('are those of both halves, and have parts of their own', () => {
    expect(target.maps?.blocks.map(({ groups }) => groups)).toEqual([
      undefined,
      { ...{ count: 12, rows: 1 }, runs: [0, 108].map((first) => ({ first, columns: 9 })) },
      { ...{ count: 12, rows: 1 }, runs: [{ first: 0, columns: 9 }] },
    ]);
    expect(plan.mapsBlocks.map(({ kind }) => kind)).toEqual(['direct', 'grouped', 'grouped']);
    const { maps } = networkClass;
    if (maps === undefined) throw new Error('no maps');
    const blocks = maps.blocks.map(({ groups: _, ...rest }) => rest);
    const dense = hornerMaps.plan({ ...networkClass, maps: { ...maps, blocks } }, 1e-3);
    expect(1.5 * Number(sourceWeights(plan.shape))).toBeLessThan(
      Number(sourceWeights(dense.shape)),
    );
  });

  it('are said to be taken densely by a plan that has no use for them', () => {
    const words = describeMapsBlocks(skipMaps.plan(networkClass, 1e-3));
    const dense = words.filter((line) => line.includes('12 groups'));
    expect(dense).toHaveLength(2);
    for (const line of dense) expect(line).toContain('taken densely, with zeros between them');
    expect(describeMapsBlocks(plan).join()).not.toContain('densely');
  });

  it('are written into the file of a plan, and refused there where they overlap', () => {
    const text = formatPlan(plan);
    const read = parsePlan(text);
    expect(read.failureBound).toBe(plan.failureBound);
    expect(sameShape(read.shape, plan.shape)).toBe(true);
    const compact = JSON.stringify(JSON.parse(text));
    expect(compact).toContain('"groups":[12,1,0,9,108,9]');
    for (const groups of ['[12,1,0,9,107,9]', '[12,1,0,9,109,9]', '[12,1,0,9,108]', '[12,1]']) {
      const changes = compact.replace('"groups":[12,1,0,9,108,9]', `"groups":${groups}`);
      expect(() => parsePlan(changes)).toThrow(InputError);
    }
  });

  it('fail at most as often as their bound says', () => {
    const loose = hornerMaps.plan(networkClass, 0.3);
    let failures = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const source = createSource(BigInt(seed), loose.shape);
      if (!hornerMaps.find(target, source, loose, () => undefined).found) failures++;
    }
    const mean = 60 * loose.failureBound;
    expect(failures).toBeLessThanOrEqual(mean + 5 * Math.sqrt(mean) + 5);
  });

  it('are found, proved, read and run, and have roles by their plan', () => {
    const found = findTicket(network, { construction: horner, plan });
    if (!found.found) throw new Error('not found');
    const again = ticketOfKind(
      readTicket(found.bytes[0] as Uint8Array),
      'constructed',
      'this test',
    );
    expect(again.shape.layers.at(-1)?.groups).toBeDefined();
    expect(verifyTicket(again, { model: { network } }).proved).toBe(true);
    expect(rolesOf(again, { plan }).counts.unknown).toBe(0);
    const random = randomStream(5);
    const input = Float64Array.from({ length: 108 }, () => Math.floor(random() * 33) / 16 - 1);
    expectWithinRounding(again, network, input);
  });
});
