/**
 * Every function that users can import, with arguments that make no sense: a typed error at once, never
 * a result and never a defect. A new export without a line here fails.
 */
import { describe, expect, it } from 'vitest';
import * as search from '../../src/search/index.js';
import type { IntegerNetwork, Network } from '../every-entry.js';
import * as unearth from '../every-entry.js';
import { randomNetwork } from '../networks.js';
import { TARGET_CALLS } from '../target-arguments.js';
import { callsWithTickets } from '../ticket-arguments.js';
import {
  BITS,
  box,
  type Calls,
  DELTAS,
  DOMAINS,
  EPSILONS,
  each,
  INTEGER_NETWORKS,
  NETWORKS,
  NOTHINGS,
  network,
  SEEDS,
  target,
  withIntegers,
  withNetworks,
  withoutParts,
  wrong,
} from '../wrong-arguments.js';
import { SHAPE_CALLS, SHAPES } from '../wrong-shapes.js';

const { InputError, MisfitError, UsageError, horner, diamond } = unearth;
const signs = ['nonnegative', 'nonnegative'] as const;
const networkClass = unearth.networkClassOf(target, signs);
const plan = horner.plan(networkClass, 1e-3);
const found = unearth.findTicket(network, { construction: horner, domain: box, delta: 1e-3 });
if (!found.found) throw new Error('not found');
const { ticket } = found;
const certificate = unearth.certify(network, target, box);
const malach = unearth.baselineNamed('malach');
const facts = {
  ...{ dimensions: [2, 3, 1], inputSigns: signs, constant: true },
  ...{ magnitudes: [1, 1], tolerances: [0.1, 0.1] },
};
const baselinePlan = unearth.planBaseline(malach, unearth.baselineClass(facts), 1e-3);
const chosen = unearth.chooseBits(network, box, 1);
const program = unearth.compileTicket(ticket);

const COMPARED = { epsilon: 1, domain: box, delta: 1e-3, seed: 1n } as const;

const find = (change: object): unknown => findOf(network, change);
const findOf = (of: Network, change: object): unknown =>
  unearth.findTicket(of, { construction: horner, domain: box, delta: 1e-3, ...change });
const baseline = (change: object): unknown => baselineOf(network, change);
const baselineOf = (of: Network, change: object): unknown =>
  unearth.findBaselineTicket(of, { system: malach, epsilon: 1, domain: box, ...change });

/** Wrong calls of every exported function. */
const CALLS: Readonly<Record<string, Calls>> = {
  findTicket: [
    ...withNetworks((value) => findOf(value, {}), NETWORKS),
    ...each([null, ...DOMAINS.slice(1)], (domain) => find({ domain })),
    ...each(DELTAS, (delta) => find({ delta })),
    ...each(SEEDS, (seed) => find({ seed })),
    ...each([null, 'horner'], (construction) => find({ construction })),
    ...each(BITS, (bits) => find({ precision: { mode: 'bits', bits } })),
    ...each(EPSILONS, (epsilon) => find({ precision: { mode: 'certified', epsilon } })),
    ...each(EPSILONS, (epsilon) => find({ precision: { mode: 'paper', epsilon } })),
    () => find({ precision: { mode: 'exact' } }),
    () => find({ precision: 8 }),
    () => find({ domain: { kind: 'all' }, precision: { mode: 'certified', epsilon: 0.1 } }),
    () => find({ plan: unearth.diamond.plan(networkClass, 0.5) }),
    () => unearth.findTicket(network, wrong(undefined)),
  ],
  findBaselineTicket: [
    ...withNetworks((value) => baselineOf(value, {})),
    ...each(DOMAINS, (domain) => baseline({ domain })),
    ...each(DELTAS, (delta) => baseline({ delta })),
    ...each(SEEDS, (seed) => baseline({ seed })),
    ...each(EPSILONS, (epsilon) => baseline({ epsilon })),
    () => baseline({ system: undefined }),
    () => baseline({ domain: { kind: 'all' } }),
  ],
  findBaseline: [
    ...withNetworks((value) => unearth.findBaseline(malach, value, 1n, baselinePlan)),
    ...each(SEEDS, (seed) => unearth.findBaseline(malach, network, seed, baselinePlan)),
    ...each(NOTHINGS, (value) => unearth.findBaseline(malach, network, 1n, value)),
    () => unearth.findBaseline(wrong(null), network, 1n, baselinePlan),
    () =>
      unearth.findBaseline(
        malach,
        randomNetwork({ dimensions: [2, 5, 1], seed: 1 }),
        1n,
        baselinePlan,
      ),
  ],
  baselineNamed: each(['horner', '', 'toString', 3, undefined], unearth.baselineNamed),
  planBaseline: [
    ...each(DELTAS, (delta) => unearth.planBaseline(malach, unearth.baselineClass(facts), delta)),
    ...each(NOTHINGS, (value) => unearth.planBaseline(malach, value, 0.1)),
    ...each(NOTHINGS, (value) => unearth.planBaseline(value, unearth.baselineClass(facts), 0.1)),
    () =>
      unearth.planBaseline(malach, unearth.baselineClass({ ...facts, tolerances: [0, 1] }), 0.1),
  ],
  baselineClass: [
    ...each(NOTHINGS, unearth.baselineClass),
    () => unearth.baselineClass({ ...facts, magnitudes: [1] }),
    () => unearth.baselineClass({ ...facts, inputSigns: ['signed'] }),
    () => unearth.baselineClass({ ...facts, dimensions: [2] }),
  ],
  formatHornerPlan: each(NOTHINGS, unearth.formatHornerPlan),
  parseHornerPlan: each([...NOTHINGS, '', '{}', '[1]', '{'], unearth.parseHornerPlan),
  asLabels: each(NOTHINGS, (tensor) => unearth.asLabels(tensor, 1, 2)),
  asSamples: [
    ...each([0, -1, 1.5, Number.NaN, 1n, Symbol('wrong')], (inputs) =>
      unearth.asSamples({ shape: [2, 2], data: new Float64Array(4) }, inputs),
    ),
    ...each(NOTHINGS, (tensor) => unearth.asSamples(tensor, 2)),
    () => unearth.asSamples(wrong({ shape: [2, 3], data: new Float64Array(6) }), 2),
  ],
  exportTicket: [
    ...each(NOTHINGS, (value) =>
      unearth.exportTicket(value, { format: 'onnx', form: 'live', compute: 'float' }),
    ),
    ...each(NOTHINGS, (value) => unearth.exportTicket(ticket, value)),
    () => unearth.exportTicket(ticket, { format: wrong('pt'), form: 'live', compute: 'float' }),
    () => unearth.exportTicket(ticket, { format: 'onnx', form: wrong('all'), compute: 'float' }),
    () => unearth.exportTicket(ticket, { format: 'onnx', form: 'full', compute: wrong('half') }),
  ],
  foldedOnnx: [
    ...withIntegers((value) => unearth.foldedOnnx(value)),
    () => unearth.foldedOnnx(target, { compute: wrong('half') }),
    () => unearth.foldedOnnx(target, { channelsLast: wrong('yes') }),
  ],
  prunedOnnx: each(NOTHINGS, (value) => unearth.prunedOnnx(value)),
  fileBytes: each(NOTHINGS, unearth.fileBytes),
  maskHeatMapFigure: each(NOTHINGS, (value) =>
    unearth.maskHeatMapFigure(value, { title: '', caption: '' }),
  ),
  ticketHeatMap: each(NOTHINGS, (value) => unearth.ticketHeatMap(value, undefined, '')),
  plotFigure: each(NOTHINGS, (value) => unearth.plotFigure(value, { title: '', caption: '' })),
  exactToNumber: each([...NOTHINGS, { numerator: 1n, denominator: 0n }], unearth.exactToNumber),
  runExact: [
    ...each(NOTHINGS, (value) => unearth.runExact(value, new Float64Array(2), 1)),
    ...each(NOTHINGS, (value) => unearth.runExact(program, value, 1)),
    ...withoutParts(program, (value) => unearth.runExact(value, new Float64Array(2), 1)),
    () => unearth.runExact(program, new Float64Array(3), 1),
    () => unearth.runExact(program, Float64Array.of(1, Number.NaN), 1),
    () => unearth.runExact(program, new Float64Array(0), 0),
    () => unearth.runExact(program, Float64Array.of(1, 2), 1, -2),
    () => unearth.runExact(program, Float64Array.of(1, 2), 1, 1.5),
  ],
  fastEngine: [
    ...each(NOTHINGS, (value) => unearth.fastEngine(value)),
    ...each(
      [{ inputSigns: [] }, { inputSigns: ['x', 'x'] }, { exactness: 'x' }, { divide: 0 }],
      (options) => unearth.fastEngine(program, wrong(options)),
    ),
    () => unearth.fastEngine(program).run(new Float64Array(3), 1),
    () => unearth.fastEngine(program).run(wrong([1, 2]), 1),
  ],
  threadedFastEngine: each(NOTHINGS, (value) => unearth.threadedFastEngine(value, wrong({}))),
  floatEngine: [
    ...each(NOTHINGS, unearth.floatEngine),
    ...withoutParts(program, unearth.floatEngine),
    () => unearth.floatEngine(program)(wrong(undefined), 1),
    () => unearth.floatEngine(program)(new Float64Array(3), 1),
  ],
  foldedEngine: withIntegers(unearth.foldedEngine),
  runFolded: [
    ...withIntegers((value) => unearth.runFolded(value, new Float64Array(2), 1)),
    () => unearth.runFolded(target, new Float64Array(3), 1),
  ],
  runFoldedExact: [
    ...withIntegers((value) => unearth.runFoldedExact(value, new Float64Array(2), 1)),
    () => unearth.runFoldedExact(target, Float64Array.of(1, Number.POSITIVE_INFINITY), 1),
  ],
  openEngine: [
    ...each([...NOTHINGS, {}, { kind: 'mine' }], (value) => unearth.openEngine(value)),
    ...each(['quick', 3, null], (engine) => unearth.openEngine(ticket, { engine })),
    ...each(['half', 3], (exactness) => unearth.openEngine(ticket, { exactness })),
    ...each([0, -255, Number.NaN, '255'], (divide) => unearth.openEngine(ticket, { divide })),
    () => unearth.openEngine(ticket, { outside: wrong('ignore') }),
    () => unearth.openEngine(ticket).evaluate(new Float64Array(3), 1),
  ],
  compileTrained: each([...NOTHINGS, ticket], (value) => unearth.compileTrained(value)),
  compileBaseline: each([...NOTHINGS, ticket], (value) => unearth.compileBaseline(value)),
  trainedEngine: each(NOTHINGS, unearth.trainedEngine),
  weightedEngine: each(NOTHINGS, unearth.weightedEngine),
  runWeightedExact: each(NOTHINGS, (value) =>
    unearth.runWeightedExact(value, new Float64Array(2), 1),
  ),
  verifyTrained: each([...NOTHINGS, ticket], (value) => unearth.verifyTrained(value)),
  ...callsWithTickets(ticket),
  verifyBaselineTicket: each([...NOTHINGS, ticket], (value) => unearth.verifyBaselineTicket(value)),
  concatenate: each([...NOTHINGS, [1]], unearth.concatenate),
  countingBound: each([...NOTHINGS, {}], unearth.countingBound),
  chooseBits: [
    ...withNetworks((value) => unearth.chooseBits(value, box, 0.1)),
    ...each(DOMAINS, (domain) => unearth.chooseBits(network, domain, 0.1)),
    ...each(EPSILONS, (epsilon) => unearth.chooseBits(network, box, epsilon)),
  ],
  quantizeAs: [
    ...withNetworks((value) => unearth.quantizeAs(value, box, [3, 3], 'nearest')),
    ...each(DOMAINS, (domain) => unearth.quantizeAs(network, domain, [3, 3], 'nearest')),
    ...each([[3], [3, -1], 3, [3, 0.5]], (places) =>
      unearth.quantizeAs(network, box, places, 'nearest'),
    ),
    () => unearth.quantizeAs(network, box, [3, 3], wrong('up')),
  ],
  attack: [
    ...withNetworks((value) => unearth.attack(value, target, box)),
    ...withIntegers((value) => unearth.attack(network, value, box)),
    ...each(DOMAINS, (domain) => unearth.attack(network, target, domain)),
    ...each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1n], (evaluations) =>
      unearth.attack(network, target, box, { evaluations }),
    ),
    ...each([-1, Number.NaN, 1n], (seed) => unearth.attack(network, target, box, { seed })),
    () => unearth.attack(network, target, box, wrong(null)),
  ],
  certify: [
    ...withNetworks((value) => unearth.certify(value, target, box)),
    ...withIntegers((value) => unearth.certify(network, value, box)),
    ...each(DOMAINS, (domain) => unearth.certify(network, target, domain)),
    () => unearth.certify(network, target, box, wrong(null)),
  ],
  recertify: [
    ...each([...NOTHINGS, {}, { requested: 1, certified: 'a', outputs: [] }], (claim) =>
      unearth.recertify(network, target, box, claim),
    ),
    ...withNetworks((value) =>
      unearth.recertify(value, target, box, { requested: 1, certified: '0', outputs: ['0'] }),
    ),
  ],
  certifyClassification: [
    ...withNetworks((value) => unearth.certifyClassification(value, target, box, certificate, box)),
    ...withIntegers((value) =>
      unearth.certifyClassification(network, value, box, certificate, box),
    ),
    ...each(DOMAINS, (value) =>
      unearth.certifyClassification(network, target, value, certificate, box),
    ),
    ...each(NOTHINGS, (value) => unearth.certifyClassification(network, target, box, value, box)),
    ...each(NOTHINGS, (value) =>
      unearth.certifyClassification(network, target, box, certificate, value),
    ),
  ],
  joinNetworks: [
    ...each([...NOTHINGS, []], unearth.joinNetworks),
    ...withIntegers((value) => unearth.joinNetworks([{ network: value, inputSigns: signs }])),
    () => unearth.joinNetworks([{ network: target, inputSigns: ['signed'] }]),
  ],
  padToClass: [
    ...withIntegers((value) => unearth.padToClass(value, signs, networkClass)),
    ...each([...NOTHINGS, {}], (value) => unearth.padToClass(target, signs, value)),
    () => unearth.padToClass(target, ['signed'], networkClass),
  ],
  networkClassOf: [
    ...withIntegers((value) => unearth.networkClassOf(value, signs)),
    () => unearth.networkClassOf(target, ['signed']),
  ],
  applyPrecision: [
    ...withNetworks((value) => unearth.applyPrecision(value, { mode: 'lossless' }, box), NETWORKS),
    ...each(BITS, (bits) => unearth.applyPrecision(network, { mode: 'bits', bits }, box)),
    ...each([...NOTHINGS, {}, { mode: 'certified' }], (value) =>
      unearth.applyPrecision(network, value, box),
    ),
  ],
  quantize: [
    ...withNetworks((value) => unearth.quantize(value, [3, 3])),
    ...each([[3], [3, -1], 3, [3, 1e6], [Number.NaN, 1]], (places) =>
      unearth.quantize(network, places),
    ),
  ],
  quantizeLossless: withNetworks(unearth.quantizeLossless),
  quantizeToBits: [
    ...withNetworks((value) => unearth.quantizeToBits(value, 8)),
    ...each(BITS, (bits) => unearth.quantizeToBits(network, bits)),
  ],
  propagate: each([...NOTHINGS, {}], unearth.propagate),
  createSource: [
    ...each(SEEDS, (seed) => unearth.createSource(seed, plan.shape)),
    ...each(SHAPES, (value) => unearth.createSource(1n, value)),
  ],
  ...SHAPE_CALLS,
  compareSystem: [
    ...withNetworks((value) => unearth.compareSystem('horner', value, chosen, COMPARED)),
    () => unearth.compareSystem(wrong('mine'), network, chosen, COMPARED),
    ...each(NOTHINGS, (value) => unearth.compareSystem('horner', network, value, COMPARED)),
    ...each(NOTHINGS, (value) => unearth.compareSystem('horner', network, chosen, value)),
  ],
  sharedPrecision: [
    ...withNetworks((value) => unearth.sharedPrecision(value, COMPARED), NETWORKS),
    ...each(EPSILONS, (epsilon) => unearth.sharedPrecision(network, { epsilon, domain: box })),
    ...each(DOMAINS, (domain) => unearth.sharedPrecision(network, { epsilon: 1, domain })),
  ],
  pensiaExperiment: [
    ...withNetworks((value) =>
      unearth.pensiaExperiment(value, wrong({ coefficients: 3, tolerance: 0.1, seed: 1n })),
    ),
    ...each([0, 32, 1.5, Number.NaN], (coefficients) =>
      unearth.pensiaExperiment(network, wrong({ coefficients, tolerance: 0.1, seed: 1n })),
    ),
    ...each(SEEDS, (seed) =>
      unearth.pensiaExperiment(network, wrong({ coefficients: 3, tolerance: 0.1, seed })),
    ),
    ...each(NOTHINGS, (value) => unearth.pensiaExperiment(network, value)),
  ],
  fitSizes: each([...NOTHINGS, [undefined], [{}]], unearth.fitSizes),
  checkSuccess: each([...NOTHINGS, [null], [{}]], (value) => unearth.checkSuccess(value)),
  ...TARGET_CALLS,
  isTicket: each([...NOTHINGS, 'text'], unearth.isTicket),
  fileKind: each([...NOTHINGS, 'text'], unearth.fileKind),
  ticketOfKind: each(NOTHINGS, (value) => unearth.ticketOfKind(value, 'constructed', 'this')),
  readTicket: each([...NOTHINGS, 'text', new Uint8Array(0), new Uint8Array(9)], (bytes) =>
    unearth.readTicket(bytes),
  ),
  createTicketWriter: [
    ...each(NOTHINGS, unearth.createTicketWriter),
    ...each(SEEDS, (seed) => unearth.createTicketWriter({ ...ticket, seed })),
    ...withIntegers((value) => unearth.createTicketWriter({ ...ticket, target: value })),
  ],
  verifyAny: each([...NOTHINGS, {}, { kind: 'other' }], (value) => unearth.verifyAny(wrong(value))),
  decodeCheckpoint: each([...NOTHINGS, new Uint8Array(9)], search.decodeCheckpoint),
  shapeFromJson: [...each([...NOTHINGS, '', '7', '[]', '{"widths":[4]}'], search.shapeFromJson)],
  parseShape: [
    ...each([...NOTHINGS, '', 'x', 'conv64-10', '4-0', '28x28-conv0-10'], search.parseShape),
    () => search.parseShape('conv2', wrong(7)),
  ],
  shapeText: each(
    [...NOTHINGS, {}, { widths: 3 }, { widths: [1, 2], maps: { input: {}, layers: [] } }],
    search.shapeText,
  ),
  parseSweep: each(
    [...NOTHINGS, '', 'x=1', 'keep=2', 'seed=1..', 'keep=0.1,keep=0.2'],
    search.parseSweep,
  ),
  sweepRuns: [
    ...each(NOTHINGS, (given) => search.sweepRuns(given, { keep: [0.5] })),
    ...each([undefined, null, 3, 'x', { keep: 3 }, { seed: ['1'] }, { keep: [2] }], (axes) =>
      search.sweepRuns({ method: 'edge-popup', widths: [2, 1] }, axes),
    ),
  ],
  optionsJson: each([...NOTHINGS, {}, { seed: 1, widths: [] }], search.optionsJson),
  optionsFromJson: each([...NOTHINGS, {}, [], 'x'], search.optionsFromJson),
  searchOptions: [
    ...each([...NOTHINGS, {}, { method: 'mine', widths: [2, 1] }], search.searchOptions),
    ...each([undefined, [2], [2, 0], [2, 1.5], 'ab'], (widths) =>
      search.searchOptions({ method: 'edge-popup', widths }),
    ),
    ...each(SEEDS, (seed) => search.searchOptions({ method: 'edge-popup', widths: [2, 1], seed })),
    ...each([0, 1e9, Number.NaN, 1.5], (epochs) =>
      search.searchOptions({ method: 'edge-popup', widths: [2, 1], epochs }),
    ),
    ...each([[0], [2], [Number.NaN], [0.5, 0.5], 0.5], (keep) =>
      search.searchOptions({ method: 'edge-popup', widths: [2, 1], keep }),
    ),
  ],
};

/** Exports that take no argument a caller could get wrong, and tables. */
const WITHOUT_ARGUMENTS = [
  'paperFigures',
  'searchTicket',
  'importTicket',
  'InputError',
  'MisfitError',
  'UsageError',
];

const functions = [...Object.entries(unearth), ...Object.entries(search)]
  .filter(([, value]) => typeof value === 'function')
  .map(([name]) => name);

function outcome(call: () => unknown): unknown {
  try {
    const result = call();
    return `a result: ${typeof result} ${call}`;
  } catch (error) {
    const typed =
      error instanceof InputError || error instanceof UsageError || error instanceof MisfitError;
    if (!typed) return error;
    // The command line says how its flags are called; the library names options.
    return /(?:^|\s)--[a-z]/.test(error.message) ? `flags: ${error.message}` : 'typed';
  }
}

describe('wrong arguments', () => {
  it('have a line for every exported function', () => {
    expect(functions.filter((name) => !WITHOUT_ARGUMENTS.includes(name)).sort()).toEqual(
      Object.keys(CALLS).sort(),
    );
  });

  it.each(Object.entries(CALLS))('of %s are refused with a typed error, at once', (_, calls) => {
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.map(outcome)).toEqual(calls.map(() => 'typed'));
  });

  it.each([
    ['horner', horner],
    ['diamond', diamond],
  ])('of the construction %s are refused with a typed error', (_, construction) => {
    const own = construction.plan(networkClass, 0.5);
    const source = unearth.createSource(1n, own.shape);
    const sink = (): void => undefined;
    const calls = [
      ...each(DELTAS, (delta) => construction.plan(networkClass, delta)),
      ...each(
        [
          ...NOTHINGS,
          { ...networkClass, bits: [1] },
          { ...networkClass, dimensions: [2, 0, 1] },
          { ...networkClass, inputSigns: ['signed'] },
          { ...networkClass, ranges: [] },
        ],
        (value) => construction.plan(value, 0.1),
      ),
      ...withIntegers((value) => construction.find(value, source, wrong(own), sink)),
      ...each(NOTHINGS, (value) => construction.find(target, source, value, sink)),
      ...each(NOTHINGS, (value) => construction.find(target, value, wrong(own), sink)),
    ];
    expect(calls.map(outcome)).toEqual(calls.map(() => 'typed'));
  });

  it('of a proof are refused, or not proved', () => {
    const source = unearth.createSource(ticket.seed, ticket.shape);
    const { assignments, inputSigns } = ticket;
    const prove = (integers: IntegerNetwork): unknown => {
      const mask = (t: number) => ticket.mask(t);
      return unearth.propagate({ source, mask, target: integers, inputSigns, assignments }).equal;
    };
    expect(prove(ticket.target)).toBe(true);
    for (const [what, integers] of INTEGER_NETWORKS) {
      let equal = false;
      const result = outcome(() => {
        equal = prove(integers) === true;
      });
      expect(equal, what).toBe(false);
      expect(result === 'typed' || String(result).startsWith('a result'), what).toBe(true);
    }
  });

  it('of a search are refused before it begins', async () => {
    const options = search.searchOptions({ method: 'edge-popup', widths: [2, 2] });
    for (const task of [...NOTHINGS, {}, { options }, { options, data: {} }]) {
      await expect(search.searchTicket(wrong(task))).rejects.toThrow(
        expect.objectContaining({ name: expect.stringMatching(/^(?:UsageError|InputError)$/) }),
      );
    }
  });
});
