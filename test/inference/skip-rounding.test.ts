/**
 * What rounding may cost on tickets of every scheme of skip, and of horner's chains in fours: never less than what it does cost, by the exact
 * engine's fractions, and little enough that deep blocks run in float64.
 */
import { describe, expect, it } from 'vitest';
import type { SchemeName } from '../../src/constructions/skip/search.js';
import { type ExactValue, runExact } from '../../src/inference/exact.js';
import { fastEngine } from '../../src/inference/fast/fast-engine.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { segmentsOf } from '../../src/inference/fast/segments.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import type { InputSign } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { fractionOf, fractionOfDecimal, isWithinBound } from '../exact-comparison.js';
import { randomStream } from '../networks.js';
import { foursTicket, randomIntegers, SCHEMES, schemeTicket, signsFor } from '../skip-schemes.js';

const SAMPLES = 8;
const IN_FLOAT64 = 'additions and subtractions in float64';

/** Fractions of all bits; some coordinates 0, some samples of one coordinate alone or of powers of two. */
function samplesOf(signs: readonly InputSign[], random: () => number): Float64Array {
  const batch = new Float64Array(SAMPLES * signs.length);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const only = Math.floor(random() * signs.length);
    for (const [input, sign] of signs.entries()) {
      let value = random();
      if (sample % 4 === 1 && random() < 0.5) value = 0;
      if (sample % 4 === 2 && input !== only) value *= 2 ** -60;
      if (sample % 4 === 3) value = 2 ** -Math.floor(8 * random());
      if (sign === 'nonpositive' || (sign === 'signed' && random() < 0.5)) value = -value;
      batch[sample * signs.length + input] = value;
    }
  }
  return batch;
}

/** The first value that is further from the exact one than what is stated of its output, or -1. */
function firstBeyond(
  values: Float64Array,
  exact: readonly ExactValue[],
  stated: (output: number) => ExactValue,
): number {
  const outputs = values.length / SAMPLES;
  return [...values].findIndex(
    (value, at) => !isWithinBound(value, exact[at], stated(at % outputs)),
  );
}

/** The ticket of these integers in blocks of that scheme, or in horner's chains in fours. */
function ticketOf(
  scheme: SchemeName | 'fours',
  target: IntegerNetwork,
  signs: readonly InputSign[],
): ConstructedTicket {
  const found =
    scheme === 'fours' ? foursTicket(target, signs) : schemeTicket(scheme, target, signs);
  return found.ticket;
}

describe.each([...SCHEMES, 'fours'] as const)('rounding on tickets by %s', (scheme) => {
  it.each([
    [
      [4, 6, 3],
      [40, 34],
    ],
    [[7, 5], [46]],
    [
      [3, 9, 5, 2],
      [24, 50, 12],
    ],
  ])('costs no more than is stated: widths %j, %j bits', (widths, bits) => {
    let rounded = 0;
    const isBig = scheme === 'fours' && bits.includes(50);
    for (let seed = 0; seed < 2; seed++) {
      const signs = signsFor(scheme === 'fours' ? 'quads' : scheme, widths[0], seed);
      const target = randomIntegers(widths, bits, seed > 0, seed, 20);
      const ticket = ticketOf(scheme, target, signs);
      const program = compileTicket(ticket);
      const batch = samplesOf(signs, randomStream(seed + 1));
      const exact = runExact(program, batch, SAMPLES);
      const engine = fastEngine(program, { inputSigns: signs });
      const values = engine.run(batch, SAMPLES);
      // Of some small blocks of fours with 50 bits that cannot be shown: BigInts compute.
      const others = isBig ? ['BigInt additions and subtractions'] : [];
      expect([IN_FLOAT64, ...others]).toContain(engine.arithmetic());
      const error = engine.error();
      expect(firstBeyond(values, exact, (output) => fractionOf(error[output]))).toBe(-1);
      if (firstBeyond(values, exact, () => fractionOf(0)) >= 0) rounded++;
      const plain = fastEngine(program, { inputSigns: signs, machines: jsMachines });
      expect(plain.run(batch, SAMPLES)).toEqual(values);
      const byEdges = openEngine(ticket, { engine: 'float' });
      const edgeValues = byEdges.evaluate(batch, SAMPLES);
      const ofEdges = byEdges.report();
      if (!isBig)
        expect(ofEdges.arithmetic).toBe('float64 additions and subtractions, block scaling');
      const stated = (ofEdges.error.rounding ?? []).map(fractionOfDecimal);
      expect(firstBeyond(edgeValues, exact, (output) => stated[output])).toBe(-1);
      const bitwise = fastEngine(program, { inputSigns: signs, exactness: 'bits' });
      const exactly = bitwise.run(batch, SAMPLES);
      const once = bitwise.error();
      expect(firstBeyond(exactly, exact, (output) => fractionOf(once[output]))).toBe(-1);
    }
    // Else nothing has been tested.
    if (!isBig) expect(rounded).toBeGreaterThan(0);
  });

  // Fours are mixed at every level: their errors are bounded by signed paths, and not by this.
  if (scheme === 'fours') return;
  it('grows no faster with the places than the values do', () => {
    const signs = signsFor(scheme, 4, 0);
    const overshoots = [20, 40].map((bits) => {
      const target = randomIntegers([4, 5], [bits], false, 3);
      const ticket = ticketOf(scheme, target, signs);
      const [{ bounds }] = segmentsOf(compileTicket(ticket), signs).slice(-1);
      return bounds.all / bounds.outputs;
    });
    // Were opposite paths counted both, it would be a million times as much.
    expect(overshoots[1]).toBeLessThan(4 * overshoots[0]);
  });
});
