/** The main job at a named error: the certificate goes into the ticket and is computed again from it. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import type { Construction } from '../../src/constructions/construction.js';
import { constructionNamed } from '../../src/constructions/index.js';
import { concatenate } from '../../src/core/concatenate.js';
import { UsageError } from '../../src/core/errors.js';
import { type Found, findTicket } from '../../src/pipeline/find.js';
import type { CertifiedPrecision } from '../../src/precision/precision.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { sourceWeights } from '../../src/source/shape.js';
import type { Domain, Network } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/constructed.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { randomNetwork } from '../networks.js';

const box: Domain = {
  kind: 'box',
  lower: Float64Array.of(0, -0.5, 0.25),
  upper: Float64Array.of(1, 0.5, 0.75),
};
const network = randomNetwork({ dimensions: [3, 7, 6, 2], seed: 11, bits: 18, places: 16 });

function find(epsilon: number, name: string, of: Network = network): Found {
  const construction = constructionNamed(name) as Construction;
  const outcome = findTicket(of, {
    construction,
    domain: box,
    delta: 0.1,
    precision: { mode: 'certified', epsilon },
  });
  expect(outcome.found).toBe(true);
  return outcome as Found;
}

describe.each(['horner', 'diamond'])('find at a certified error, by %s', (name) => {
  it('keeps epsilon, and a smaller epsilon never gives a smaller source', () => {
    let before = Number.POSITIVE_INFINITY;
    const lossless = findTicket(network, {
      construction: constructionNamed(name) as Construction,
      domain: box,
      delta: 0.1,
    });
    for (const epsilon of [1e-300, 1e-5, 1e-3, 0.01, 0.1, 1]) {
      const found = find(epsilon, name);
      const weights = Number(sourceWeights(found.plan.shape));
      expect(found.verdict).toMatchObject({ proved: true, modelMatches: true });
      expect(Number(found.verdict.epsilon)).toBeLessThanOrEqual(epsilon);
      expect(found.verdict.outputs).toHaveLength(2);
      expect(weights).toBeLessThanOrEqual(before);
      expect(weights).toBeLessThanOrEqual(Number(sourceWeights(lossless.plan.shape)));
      before = weights;
    }
    expect(before).toBeLessThan(Number(sourceWeights(lossless.plan.shape)) / 1.5);
    expect(find(1e-300, name).verdict.epsilon).toBe('0');
  });
});

describe('a certified ticket', () => {
  const found = find(0.02, 'horner');
  const ticket = ticketOfKind(readTicket(concatenate(found.bytes)), 'constructed', 'this test');
  const record = ticket.precision as CertifiedPrecision;
  const verdict = (changed: Partial<ConstructedTicket>, model: Network = network) =>
    verifyTicket({ ...ticket, ...changed }, { model: { network: model } });

  it('is proved from its bytes and the model alone, and no attack goes beyond it', () => {
    expect(record).toMatchObject({ mode: 'certified', requested: 0.02 });
    expect(verdict({})).toMatchObject({
      proved: true,
      epsilon: record.certified,
      outputs: record.outputs,
    });
    const { violated, measured } = attack(network, ticket.target, ticket.domain, {
      bound: Number(record.certified),
    });
    expect(violated).toBe(false);
    expect(measured).toBeGreaterThan(0);
  });

  it('claims nothing without the model', () => {
    expect(verifyTicket(ticket)).toMatchObject({ proved: true, epsilon: null, outputs: null });
  });

  const lower = (decimal: string): string => String(Number(decimal) * 0.9);
  it.each<[string, Partial<ConstructedTicket>]>([
    ['a smaller bound', { precision: { ...record, certified: lower(record.certified) } }],
    [
      'a smaller bound of one output',
      { precision: { ...record, outputs: record.outputs.with(1, lower(record.outputs[1])) } },
    ],
    ['a bound too few', { precision: { ...record, outputs: record.outputs.slice(1) } }],
    ['a larger domain', { domain: { ...box, upper: Float64Array.of(90, 0.5, 0.75) } }],
    ['no bounded domain', { domain: { kind: 'all' }, inputSigns: ticket.inputSigns }],
  ])('is refused with %s', (_, changed) => {
    const result = verdict(changed);
    expect(result).toMatchObject({ proved: false, epsilon: null, outputs: null });
    expect(result.failure?.reason).toMatch(/error bound|domain does not say so/);
  });

  it('holds whatever was asked for, as long as it was not less', () => {
    for (const requested of [Number(record.certified), 0.0205, 0.03, 1, 1e300]) {
      const result = verdict({ precision: { ...record, requested } });
      expect(result).toMatchObject({ proved: true, outputs: record.outputs });
    }
  });

  it('names the output whose bound does not hold, and what can be certified of it', () => {
    const own = record.outputs[1];
    const outputs = record.outputs.with(1, lower(own));
    const { failure } = verdict({ precision: { ...record, outputs } });
    const { said, provable } =
      /^the recorded error bound (?<said>\S+) of output 1 does not hold for this model: only (?<provable>\S+) can be certified$/.exec(
        failure?.reason ?? '',
      )?.groups ?? {};
    expect(said).toBe(outputs[1]);
    // All ways to learn a bound are tried by now, and the lowest is told.
    expect(Number(provable)).toBeGreaterThan(Number(said));
    expect(Number(provable)).toBeLessThanOrEqual(Number(own));
    expect(failure?.neuron).toBe(1);
  });

  it('is refused for another model, of the same shape or not', () => {
    const other = randomNetwork({ dimensions: [3, 7, 6, 2], seed: 12, bits: 18, places: 16 });
    expect(verdict({}, other)).toMatchObject({ equal: true, proved: false, modelMatches: false });
    const another = randomNetwork({ dimensions: [3, 7, 2], seed: 12 });
    expect(verdict({}, another).failure?.reason).toMatch(/cannot be computed: scales: 2 layers/);
    const { scales: _, ...unscaled } = record;
    const { failure } = verdict({ precision: unscaled }, another);
    expect(failure?.reason).toMatch(/cannot be computed: .*number of layers/);
  });

  it('is not taken on the word of a certificate for other integers or another claim', () => {
    const certified = { network, target: ticket.target, domain: ticket.domain, record };
    const trusted = (changed: Partial<ConstructedTicket>) =>
      verifyTicket({ ...ticket, ...changed }, { model: { network, certified } });
    expect(trusted({}).proved).toBe(true);
    const claim = { ...record, certified: lower(record.certified) };
    expect(trusted({ precision: claim }).proved).toBe(false);
    expect(trusted({ domain: { ...box, upper: Float64Array.of(90, 0.5, 0.75) } }).proved).toBe(
      false,
    );
    const coarser = find(1, 'horner');
    const unlike = verifyTicket(
      { ...coarser.ticket, precision: record },
      { model: { network, certified } },
    );
    expect(unlike.proved).toBe(false);
    const model = randomNetwork({ dimensions: [3, 7, 6, 2], seed: 13, bits: 18, places: 16 });
    expect(verifyTicket(ticket, { model: { network: model, certified } }).proved).toBe(false);
  });

  it('needs a bounded domain', () => {
    expect(() =>
      findTicket(network, {
        construction: constructionNamed('horner') as Construction,
        precision: { mode: 'certified', epsilon: 0.1 },
      }),
    ).toThrow(UsageError);
  });

  it('is not read with bounds that are no decimals', () => {
    const text = new TextDecoder('latin1').decode(concatenate(found.bytes));
    const bytes = (changed: string) =>
      Uint8Array.from(changed, (character) => character.charCodeAt(0));
    const bad = text.replace(`\\"${record.certified}\\"`, (match) => match.replace(/[0-9]/, '-'));
    expect(bad).not.toBe(text);
    expect(() => readTicket(bytes(bad))).toThrow(/precision.*plain decimal number/);
  });
});
