/** One source for several networks of the same feature maps: their class, its plan as a file, and tickets in it. */
import { describe, expect, it } from 'vitest';
import { hornerMaps, provideMapFinding, skipMaps } from '../../src/constructions/maps/maps.js';
import { isMapsPlan, type MapsPlan } from '../../src/constructions/maps/plan.js';
import { formatPlan, parsePlan } from '../../src/constructions/source-record.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { joinNetworks, padToClass } from '../../src/integer/join-networks.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { signsOf } from '../../src/integer/source-signs.js';
import { findTicket } from '../../src/pipeline/find.js';
import { recordPlaces } from '../../src/precision/precision.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { sameShape } from '../../src/source/shape.js';
import { exactArray } from '../../src/target/exact-array.js';
import type { Layer, Network } from '../../src/target/network.js';
import { loweredAt } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';

const BITS = 2;

/** The same layers with biases of another size: integers differ, kernels and places do not. */
function withOtherBiases(network: Network): Network {
  const layers = network.layers.map(
    (layer): Layer =>
      layer.kind === 'max-pooling'
        ? layer
        : { ...layer, bias: exactArray(layer.bias.values.map((value) => value / 2 - 1)) },
  );
  return { ...network, layers };
}

function memberOf(network: Network) {
  const places = recordPlaces(network, { mode: 'bits', bits: BITS });
  const inputSigns = signsOf(network, network.domain);
  return { network: loweredAt(network, places), inputSigns };
}

/** Networks with and without handed-on maps, pooling, splits. */
provideMapFinding();
const networks = [1, 3, 5].map((seed) =>
  randomMapNetwork({ seed, side: 4, bits: 3, domain: seed === 3 ? 'all' : 'box' }),
);

describe('a plan for feature maps', () => {
  it.each([hornerMaps, skipMaps])('is the same when its file is read', (construction) => {
    for (const network of networks) {
      const { network: integers, inputSigns } = memberOf(network);
      const plan = construction.plan(networkClassOf(integers, inputSigns), 1e-3);
      const read = parsePlan(formatPlan(plan)) as MapsPlan;
      expect(isMapsPlan(read)).toBe(true);
      expect(read.failureBound).toBe(plan.failureBound);
      expect(JSON.parse(formatPlan(read))).toEqual(JSON.parse(formatPlan(plan)));
      expect(sameShape(read.shape, plan.shape)).toBe(true);
    }
  });

  it('refuses a file of which any part is another', () => {
    const { network: integers, inputSigns } = memberOf(networks[0]);
    const plan = hornerMaps.plan(networkClassOf(integers, inputSigns), 1e-3);
    const text = formatPlan(plan);
    const changes: readonly (readonly [string, (record: Changeable) => void])[] = [
      ['kind', ({ blocks }) => Object.assign(blocks[0], { kind: 'direct', segments: [] })],
      ['skip', (record) => Object.assign(record, { construction: 'skip' })],
      ['columns', ({ maps }) => maps.blocks[0].columns++],
      ['huge', ({ maps }) => Object.assign(maps.blocks[0], { columns: 2 ** 30 })],
      ['form', ({ maps }) => Object.assign(maps.blocks[0], { form: 'scale' })],
      ['known', ({ maps }) => maps.blocks[0].known.push([[0, '2']])],
      ['column', ({ maps }) => maps.blocks[0].known.push([[9999, '1']])],
      ['input', ({ maps }) => maps.input[0]++],
      ['blocks', ({ maps }) => maps.blocks.pop()],
      ['window', ({ maps }) => Object.assign(maps.blocks[0], { window: { kernel: [1, 1] } })],
      [
        'kernel',
        ({ maps }) => {
          for (const block of maps.blocks) if (block.window) block.window.kernel = [60, 60];
        },
      ],
      [
        'width',
        ({ blocks }) => {
          for (const block of blocks) if (block.horner) block.horner.outputWidth *= 100;
        },
      ],
    ];
    for (const [what, change] of changes) {
      const record = JSON.parse(text) as Changeable;
      change(record);
      expect(() => parsePlan(JSON.stringify(record)), what).toThrow(InputError);
    }
  });
});

interface Changeable {
  blocks: { horner?: { outputWidth: number } }[];
  maps: {
    input: number[];
    blocks: {
      columns: number;
      known: [number, string][][];
      window?: { kernel: number[] };
    }[];
  };
}

describe('one source for networks of the same feature maps', () => {
  it.each([
    ['horner', hornerMaps],
    ['skip', skipMaps],
  ] as const)('holds each of them, by %s', (_name, construction) => {
    const own = networks.find((each) => memberOf(each).network.constant);
    if (own === undefined) throw new Error('none has biases');
    const both = [own, withOtherBiases(own)];
    const joined = joinNetworks(both.map(memberOf));
    const plan = parsePlan(formatPlan(construction.plan(joined, 1e-3) as MapsPlan));
    for (const network of both) {
      const found = findTicket(network, {
        ...{ construction, plan, precision: { mode: 'bits', bits: BITS } },
      });
      if (!found.found) throw new Error('no seed has it');
      expect(found.verdict).toMatchObject({ proved: true, modelMatches: true });
      expect(sameShape(found.ticket.shape, plan.shape)).toBe(true);
      expect(rolesOf(found.ticket, { plan }).counts.unknown).toBe(0);
    }
  });

  it('is refused for networks of other layers, and to those that it was not planned for', () => {
    const [first, second] = networks.map(memberOf);
    expect(() => joinNetworks([first, second])).toThrow(UsageError);
    const own = networkClassOf(first.network, first.inputSigns);
    expect(padToClass(first.network, first.inputSigns, own)).toBe(first.network);
    expect(() => padToClass(second.network, second.inputSigns, own)).toThrow(UsageError);
    const plan = hornerMaps.plan(own, 1e-3);
    const options = { plan, precision: { mode: 'bits', bits: BITS } } as const;
    expect(() => findTicket(networks[1], { construction: hornerMaps, ...options })).toThrow(
      /not in the class of this source/,
    );
  });
});
