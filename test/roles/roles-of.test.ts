/**
 * Roles read off tickets against the layout that `find` handed out: never another role, and none left
 * unknown where the plan can be made again or is given.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { horner } from '../../src/constructions/horner/horner.js';
import type { HornerPlan } from '../../src/constructions/horner/plan.js';
import { planQuadsSteps } from '../../src/constructions/horner/quads/search.js';
import { type NeuronLayout, type Role, roleAt } from '../../src/constructions/roles.js';
import { InputError, MisfitError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { joinNetworks } from '../../src/integer/join-networks.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import type { TicketRoles } from '../../src/roles/roles-of.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { blockEndsOf, depthOf, maskSizes, widthsOf } from '../../src/source/shape.js';
import { parseDomain } from '../../src/target/domain.js';
import { denseLayer } from '../../src/target/make-layers.js';
import { inputSigns } from '../../src/target/network.js';
import { readNnet } from '../../src/target/nnet.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { partsOf, randomNetwork, randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { found, networkOnSigns, signsOf, smallNetwork } from './found.js';

interface Disagreement {
  readonly layer: number;
  readonly neuron: number;
  readonly told: Role;
  readonly placed: Role | undefined;
}

/** Neurons whose role is told otherwise than placed; unknown ones only where `unknown` asks for them. */
function disagreements(roles: TicketRoles, layout: NeuronLayout, unknown = true): Disagreement[] {
  return roles.layers.flatMap(({ layer, neurons, roles: told }) => {
    const placed = layout.layer(layer);
    const text = new Map<Role | undefined, string>();
    const textOf = (role: Role | undefined): string => {
      const known = text.get(role) ?? JSON.stringify(role) ?? '';
      text.set(role, known);
      return known;
    };
    const wrong: Disagreement[] = [];
    neurons.forEach((neuron, index) => {
      const role = roleAt(placed, neuron);
      if (textOf(role) === textOf(told[index])) return;
      if (told[index].kind === 'unknown' && !unknown) return;
      wrong.push({ layer, neuron, told: told[index], placed: role });
    });
    return wrong;
  });
}

function total({ counts }: TicketRoles): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** For another delta the plan is another one, so this is what masks tell by themselves. */
function checkMasksAlone(ticket: ConstructedTicket, layout: NeuronLayout): void {
  const alone = rolesOf({ ...ticket, delta: 0.5 });
  expect(disagreements(alone, layout, false)).toEqual([]);
  expect(alone.open).toBeLessThan(total(alone) / 1000);
}

describe('rolesOf', () => {
  it('tells of random networks what find placed, by horner and by diamond', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const network = smallNetwork(seed);
      const delta = [1e-1, 1e-3, 1e-6][seed % 3];
      for (const construction of seed % 4 === 0 ? [horner, diamond] : [horner]) {
        const { ticket, layout } = found(network, { construction, delta });
        const roles = rolesOf(ticket);
        expect(disagreements(roles, layout)).toEqual([]);
        expect(roles).toMatchObject({ open: 0, counts: { unknown: 0 } });
        expect(total(roles)).toBe(
          roles.layers.reduce((sum, { neurons }) => sum + neurons.length, 0),
        );
        for (const { roles: told } of roles.layers) {
          for (const role of told)
            kinds.add('part' in role ? `${role.kind} ${role.part}` : role.kind);
        }
      }
    }
    const parts = ['whole', 'positive', 'negative'];
    expect([...kinds].sort()).toEqual(
      [
        ...['input', 'accumulator', 'offset', 'output'],
        ...parts.flatMap((part) => [`carrier ${part}`, `gadget ${part}`]),
      ].sort(),
    );
  });

  it('tells of every weight of three bits, for inputs of all signs, what find placed', () => {
    for (const sign of ['signed', 'nonnegative', 'nonpositive'] as const) {
      for (let weight = -7; weight <= 7; weight++) {
        const one = networkOnSigns({ dimensions: [1, 1], seed: 1, biases: false }, [sign]);
        const parts = { ...partsOf(one.layers[0]), weights: Float64Array.of(weight) };
        const network = { ...one, layers: [denseLayer(parts)] };
        for (const construction of [horner, diamond]) {
          const { ticket, layout } = found(network, { construction, delta: 0.1 });
          const roles = rolesOf(ticket);
          expect(disagreements(roles, layout)).toEqual([]);
          const masks = rolesOf({ ...ticket, delta: 0.5 });
          expect(disagreements(masks, layout, false)).toEqual([]);
        }
      }
    }
  });

  it('tells equal outputs apart, and leaves out what 0 keeps', () => {
    const signs = signsOf(4, 3);
    const random = networkOnSigns({ dimensions: [4, 5, 3], seed: 8 }, signs);
    const first = partsOf(random.layers[0]);
    const weights = first.weights.slice();
    const bias = first.bias.slice();
    // Outputs 0 to 2 are the same, output 3 is 0, and input 1 is not used.
    for (const output of [1, 2]) weights.copyWithin(4 * output, 0, 4);
    bias.fill(bias[0], 0, 3);
    weights.fill(0, 12, 16);
    bias[3] = 0;
    for (let output = 0; output < 5; output++) weights[4 * output + 1] = 0;
    const layers = [denseLayer({ ...first, weights, bias }), random.layers[1]];
    const network = { ...random, layers };
    for (const construction of [horner, diamond]) {
      const { ticket, layout } = found(network, { construction, delta: 1e-2 });
      const roles = rolesOf(ticket);
      expect(disagreements(roles, layout)).toEqual([]);
      const all = roles.layers.flatMap(({ block, roles: told }) => (block === 1 ? told : []));
      const chains = all.flatMap((role) => (role.kind === 'accumulator' ? [role.output] : []));
      if (construction === horner) {
        expect(new Set(chains)).toEqual(new Set([0, 1, 2, 4, 'constant']));
      }
      const used = all.flatMap((role) => ('part' in role ? [role.input] : []));
      expect(new Set(used)).toEqual(new Set([0, 2, 3, 'constant']));
    }
  });

  it.each([1n, 2n, 3n])('tells of the example what find placed, seed %d', (seed) => {
    const file = new URL('../../examples/digits/digits.onnx', import.meta.url);
    const { network } = readOnnx(readFileSync(file));
    for (const [construction, bits] of [
      [horner, undefined],
      [horner, 6],
      [diamond, 4],
    ] as const) {
      const { ticket, layout } = found(network, {
        construction,
        seed,
        ...(bits && { precision: { mode: 'bits', bits } }),
      });
      const roles = rolesOf(ticket);
      expect(disagreements(roles, layout)).toEqual([]);
      expect(roles.counts.unknown).toBe(0);
      checkMasksAlone(ticket, layout);
    }
  });

  it('tells of tickets in a shared source nothing else, and with the plan everything', () => {
    let unknown = 0;
    let neurons = 0;
    for (let seed = 0; seed < 16; seed++) {
      const small = smallNetwork(3 * seed);
      const inputs = small.layers[0].inputs;
      const outputs = small.layers[small.layers.length - 1].outputs;
      const signs = inputSigns(small.domain, inputs);
      const deeper = networkOnSigns(
        { dimensions: [inputs, 3, 2, 2, outputs], seed, bits: 5, places: 2 },
        signs,
      );
      const members = [small, deeper].map((network) => ({
        network: quantizeLossless(network),
        inputSigns: signs,
      }));
      const plan = horner.plan(joinNetworks(members), 1e-3);
      for (const network of [small, deeper]) {
        const { ticket, layout } = found(network, { construction: horner, plan });
        const roles = rolesOf(ticket);
        expect(disagreements(roles, layout, false)).toEqual([]);
        expect(roles.counts.unknown).toBe(roles.open);
        unknown += roles.open;
        neurons += total(roles);
        const decided = rolesOf(ticket, { plan });
        expect(disagreements(decided, layout)).toEqual([]);
        expect(decided.open).toBe(0);
      }
    }
    // Single weights of a few bits are the worst there is, and still most neurons are told.
    expect(unknown).toBeGreaterThan(0);
    expect(unknown / neurons).toBeLessThan(0.1);
  });

  it('tells of chains in fours what find placed, with the plan, and without it nothing else', () => {
    for (const seed of [1, 4]) {
      const signs = signsOf(3, seed);
      const network = networkOnSigns({ dimensions: [3, 5, 2], seed, bits: 5 }, signs);
      const networkClass = networkClassOf(quantizeLossless(network), signs);
      const plan = complete(planQuadsSteps(networkClass, 1e-3));
      const { ticket, layout } = found(network, { construction: horner, plan, seed: 3n });
      const decided = rolesOf(ticket, { plan });
      expect(disagreements(decided, layout)).toEqual([]);
      expect(decided.counts.unknown).toBe(0);
      expect(decided.counts.relay).toBeGreaterThan(0);
      const alone = rolesOf(ticket);
      expect(disagreements(alone, layout, false)).toEqual([]);
      expect(alone.counts.relay).toBe(0);
      // What is kept besides makes no other role.
      const last = depthOf(ticket.shape) - 1;
      const more = withMask(ticket, last, (edges) => [
        ...edges,
        [0, widthsOf(ticket.shape)[last] - 1],
      ]);
      expect(disagreements(rolesOf(more, { plan }), layout, false)).toEqual([]);
    }
  });

  it('plans again where a layer is wide enough for fours', () => {
    const network = randomNetwork({ dimensions: [220, 220, 1], seed: 1, bits: 24 });
    const target = { ...network, domain: parseDomain('box:0,1', 220) };
    const { ticket, layout } = found(target, { construction: horner, seed: 1n });
    const roles = rolesOf(ticket);
    expect(roles.counts.relay).toBeGreaterThan(0);
    expect(disagreements(roles, layout)).toEqual([]);
    expect(roles.counts.unknown).toBe(0);
  });

  const models = ['acasxu_1_1.onnx', 'acasxu_2_3.onnx', 'vertcas_pra01.nnet'] as const;
  it
    .skipIf(sharedFolder === undefined)
    .each([
      ...models.map((name) => [name, 0, [1n, 2n]] as const),
      ['mnist_256x2.onnx', 6, [1n, 2n]],
      ['fc2_mnist_784_500_10.onnx', 4, [3n]],
    ] as const)('tells of %s what find placed', (name, bits, seeds) => {
    const path = sharedModel(name);
    const { network } = name.endsWith('.nnet')
      ? readNnet(readFileSync(path, 'utf8'))
      : readOnnx(readFileSync(path));
    for (const seed of seeds) {
      const { ticket, layout } = found(network, {
        construction: horner,
        seed,
        ...(bits > 0 && { precision: { mode: 'bits', bits } }),
      });
      const roles = rolesOf(ticket);
      expect(disagreements(roles, layout)).toEqual([]);
      expect(roles.counts.unknown).toBe(0);
      checkMasksAlone(ticket, layout);
    }
  });
});

/** A ticket with the mask of one layer changed. */
function withMask(
  ticket: ConstructedTicket,
  layer: number,
  change: (edges: [number, number][]) => [number, number][],
): ConstructedTicket {
  const { inputs, outputs, ...mask } = ticket.mask(layer);
  const edges = edgesOf({ inputs, outputs, ...mask } as ReturnType<typeof ticket.mask>);
  const changed = sparseMask(inputs, outputs, change(edges.map(([from, to]) => [from, to])));
  return { ...ticket, mask: (t) => (t === layer ? changed : ticket.mask(t)) };
}

describe('rolesOf, of what find did not make', () => {
  const network = smallNetwork(27);

  it('reads masks with an edge more or less without a defect, and far from it everything as before', () => {
    const random = randomStream(5);
    const pick = (count: number): number => Math.floor(random() * count);
    let unknown = 0;
    for (const construction of [horner, diamond]) {
      const { ticket, layout } = found(network, { construction, delta: 1e-2 });
      const widths = widthsOf(ticket.shape);
      const blockEnds = blockEndsOf(ticket.shape);
      for (let trial = 0; trial < 60; trial++) {
        const layer = 1 + pick(widths.length - 1);
        const changed = withMask(ticket, layer, (edges) => {
          if (trial % 2) return edges.filter((_, index) => index !== trial % edges.length);
          const edge: [number, number] = [pick(widths[layer - 1]), pick(widths[layer])];
          return [...edges.filter((kept) => String(kept) !== String(edge)), edge];
        });
        const roles = rolesOf(changed);
        unknown += roles.counts.unknown;
        const block = blockEnds.findIndex((end) => layer <= end) + 1;
        const others = roles.layers.filter((place) => place.block !== block);
        expect(disagreements({ ...roles, layers: others }, layout)).toEqual([]);
        for (const { neurons, roles: told } of roles.layers) {
          expect(told).toHaveLength(neurons.length);
          expect(told.every((role) => role !== undefined)).toBe(true);
        }
      }
    }
    expect(unknown).toBeGreaterThan(0);
  });

  it('reads masks drawn at random, empty and full ones without a defect', () => {
    const random = randomStream(6);
    const { ticket } = found(network, { construction: horner, delta: 1e-1 });
    for (const construction of ['horner', 'diamond', 'another']) {
      for (const share of [0, 0.02, 0.3, 1]) {
        const masks = maskSizes(ticket.shape).map(({ inputs, outputs }) => {
          const edges = Array.from({ length: inputs * outputs }, (_, edge): [number, number] => [
            Math.floor(edge / outputs),
            edge % outputs,
          ]);
          return sparseMask(
            inputs,
            outputs,
            edges.filter(() => random() < share),
          );
        });
        const roles = rolesOf({ ...ticket, construction, mask: (t) => masks[t - 1] });
        expect(roles.layers).toHaveLength(depthOf(ticket.shape) + 1);
        if (construction === 'another') {
          expect(roles.counts).toMatchObject({ carrier: 0, accumulator: 0, gadget: 0, offset: 0 });
        }
      }
    }
  });

  it('takes a ticket for no other construction than it names', () => {
    const { ticket } = found(network, { construction: diamond, delta: 1e-1 });
    expect(rolesOf({ ...ticket, construction: 'horner' }).counts.gadget).toBe(0);
    const roles = rolesOf({ ...ticket, construction: 'another' });
    const hidden = roles.layers.flatMap(({ layer, roles: told }) =>
      layer === 0 || blockEndsOf(ticket.shape).includes(layer) ? [] : told,
    );
    expect(new Set(hidden.map(({ kind }) => kind))).toEqual(new Set(['unknown']));
  });

  it('refuses the plan of another source, and more memory than it may take', () => {
    const { ticket, plan } = found(network, { construction: horner, delta: 1e-2 });
    const other = found(smallNetwork(30), { construction: horner, delta: 1e-2 }).plan;
    expect(() => rolesOf(ticket, { plan: other as HornerPlan })).toThrow(MisfitError);
    const diamondPlan = { ...plan, construction: 'diamond' } as unknown as HornerPlan;
    expect(() => rolesOf(ticket, { plan: diamondPlan })).toThrow(UsageError);
    expect(() => rolesOf(ticket, { memory: 1000 })).toThrow(InputError);
    expect(() => rolesOf({ ...ticket, assignments: [] })).toThrow(MisfitError);
  });

  it('says how far it is, and ends by a signal', () => {
    const { ticket } = found(network, { construction: horner, delta: 1e-2 });
    const total = depthOf(ticket.shape);
    const told: number[] = [];
    rolesOf(ticket, {
      onProgress(progress) {
        expect(progress).toMatchObject({ stage: 'compile', total });
        told.push(progress.done);
      },
    });
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(total);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.length).toBeGreaterThan(total);
    const controller = new AbortController();
    const end = () => controller.abort(new Error('enough'));
    expect(() => rolesOf(ticket, { onProgress: end, signal: controller.signal })).toThrow('enough');
  });
});
