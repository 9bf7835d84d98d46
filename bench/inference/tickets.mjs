/**
 * Tickets of every kind, of odd random networks: all constructions and precisions, a source made for two
 * networks, the baselines of Table 1, and trained ones. Each with a judge: its outputs in exact fractions.
 */
import { baselineNamed } from '../../dist/constructions/baselines/index.js';
import { diamond } from '../../dist/constructions/diamond/diamond.js';
import { horner } from '../../dist/constructions/horner/horner.js';
import { concatenate } from '../../dist/core/concatenate.js';
import { compileTrained } from '../../dist/inference/trained-layers.js';
import { compileBaseline } from '../../dist/inference/weighted.js';
import { joinNetworks } from '../../dist/integer/join-networks.js';
import { quantizeLossless } from '../../dist/integer/quantize.js';
import { findTicket } from '../../dist/pipeline/find.js';
import { findBaselineTicket } from '../../dist/pipeline/find-baseline.js';
import { verifyTicket } from '../../dist/proof/verify.js';
import { verifyBaselineTicket } from '../../dist/proof/verify-baseline.js';
import { searchOptions } from '../../dist/search/options.js';
import { searchTicket } from '../../dist/search/search.js';
import { denseLayer } from '../../dist/target/make-layers.js';
import { inputSigns } from '../../dist/target/network.js';
import { readTicket } from '../../dist/ticket/read.js';
import { baselineExact, constructedExact, trainedExact } from './exact-reference.mjs';
import { between, oddDomain, oddNetwork, randomNumbers } from './odd-networks.mjs';

function constructed(network, domain, options) {
  const outcome = findTicket(
    { ...network, domain },
    { construction: horner, delta: 1e-2, ...options },
  );
  if (!outcome.found) throw new Error('no seed has the network');
  const ticket = readTicket(concatenate(outcome.bytes));
  if (!verifyTicket(ticket).equal) throw new Error('not proved');
  return { ticket, judge: (input) => constructedExact(ticket, input) };
}

function random(seed, options, bounded = false) {
  const network = oddNetwork(seed, options);
  return { network, domain: oddDomain(seed, network.layers[0].inputs, bounded) };
}

const MILD = { most: 5, spread: 1, first: 1 };

const horners = {
  lossless: (seed) => {
    const { network, domain } = random(seed);
    return constructed(network, domain, {});
  },
  bits: (seed) => {
    const { network, domain } = random(seed, { most: 9, spread: 2, first: 3 });
    return constructed(network, domain, { precision: { mode: 'bits', bits: seed % 24 } });
  },
  certified: (seed) => {
    const { network, domain } = random(seed, MILD, true);
    const epsilon = 10 ** -(seed % 5);
    return constructed(network, domain, { precision: { mode: 'certified', epsilon } });
  },
  'joint source': (seed) => {
    const own = random(seed, MILD);
    // One with other weights, and biases where there may have been none, on inputs of any sign.
    const layers = own.network.layers.map(({ inputs, outputs, matrix, bias, activation }) =>
      denseLayer({
        ...{ inputs, outputs, activation },
        weights: matrix.values.map((value) => -8 * value),
        bias: bias.values.map((value) => value / 4 + 1),
      }),
    );
    const other = { network: { ...own.network, layers }, domain: { kind: 'all' } };
    const member = ({ network, domain }) => ({
      network: quantizeLossless(network),
      inputSigns: inputSigns(domain, network.layers[0].inputs),
    });
    const networkClass = joinNetworks([member(own), member(other)]);
    return constructed(own.network, own.domain, { plan: horner.plan(networkClass, 1e-2) });
  },
};

const baselines = { malach: 64, orseau: 0.5, pensia: 0.5, diffenderfer: 8 };

/** A network that every baseline can make with few neurons: weights around 1. */
function baseline(name, seed) {
  const { network, domain } = random(
    seed - (seed % 8 === 7 ? 1 : 0),
    { most: name === 'malach' ? 2 : 4, spread: 0, first: 0 },
    true,
  );
  const scaled =
    domain.kind === 'ball'
      ? { kind: 'ball', radius: Math.min(1, domain.radius) }
      : { ...domain, lower: domain.lower.map(Math.sign), upper: domain.upper.map(Math.sign) };
  const outcome = findBaselineTicket(network, {
    ...{ system: baselineNamed(name), epsilon: baselines[name], domain: scaled, delta: 0.01 },
    limits: { draws: 3e7, kept: 1e6, memory: 2e7 },
  });
  if (outcome.outcome !== 'found') return null;
  const ticket = readTicket(concatenate(outcome.bytes));
  if (!verifyBaselineTicket(ticket).equal) throw new Error('not proved');
  const program = compileBaseline(ticket);
  return { ticket, judge: (input) => baselineExact(program, input) };
}

const METHODS = [
  { method: 'edge-popup' },
  { method: 'edge-popup', weights: 'kaiming-normal' },
  { method: 'biprop' },
  { method: 'biprop', activation: 'sign' },
  { method: 'supermask' },
  { method: 'supermask', weights: 'glorot-normal' },
];

async function trained(seed) {
  const next = randomNumbers(seed);
  const depth = between(next, 1, 3);
  const widths = Array.from({ length: depth + 1 }, () => between(next, 1, 9));
  widths[depth] = between(next, 2, 4);
  const [inputs, classes] = [widths[0], widths[depth]];
  const count = 24;
  const scale = 10 ** between(next, -6, 6);
  const labels = Uint32Array.from({ length: count }, (_, at) => at % classes);
  const values = Float64Array.from({ length: count * inputs }, () => (next() - 0.3) * scale);
  const standardization = ['global', 'feature', 'range', 'none'][seed % 4];
  const outcome = await searchTicket({
    data: { count, inputs, classes, values, labels },
    options: searchOptions({
      ...METHODS[seed % METHODS.length],
      ...{ widths, epochs: 1, batch: 8, standardization, seed: BigInt(seed) },
    }),
  });
  const ticket = readTicket(concatenate(outcome.bytes));
  const program = compileTrained(ticket);
  return { ticket, scale, judge: (input) => trainedExact(program, input) };
}

/** Name, how many of a hundred networks, and what makes a ticket of a seed (null: too large to build). */
export const KINDS = [
  ...Object.entries(horners).map(([name, make]) => [
    `horner, ${name}`,
    name === 'lossless' ? 100 : 40,
    make,
  ]),
  [
    'diamond',
    25,
    (seed) => {
      const { network, domain } = random(seed, { most: 3, spread: 0, first: 0 });
      return constructed(network, domain, {
        ...{ construction: diamond, delta: 0.1 },
        precision: { mode: 'bits', bits: 2 + (seed % 9) },
      });
    },
  ],
  ...Object.keys(baselines).map((name) => [name, 25, (seed) => baseline(name, seed)]),
  ['trained', 60, trained],
];
