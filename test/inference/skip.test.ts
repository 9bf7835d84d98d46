/** Every engine on skip sources: found ones, and random masks that no construction would make. */
import { describe, expect, it } from 'vitest';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { fastEngine } from '../../src/inference/fast/fast-engine.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { stepsOf } from '../../src/inference/fast/multiples.js';
import { segmentsOf } from '../../src/inference/fast/segments.js';
import { floatEngine } from '../../src/inference/float.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { trace } from '../../src/inference/trace.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { blockEndsOf, maskSizes, type SourceLayer } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';
import { randomStream } from '../networks.js';
import {
  allEdges,
  type Claim,
  chosenSource,
  denseMask,
  integerInput,
  integersOf,
  programOf,
  referencePruned,
  sparseMask,
} from '../pruned-sources.js';
import { findSkip, SKIP_NETWORKS } from '../skip-sources.js';

describe.each(SKIP_NETWORKS)(
  'engines on a network found in a skip source: %s',
  (_, matrices, signs) => {
    const found = findSkip(integersOf(matrices), signs);
    const program = compileTicket(found.ticket);
    const reference = referencePruned(found.source, found.masks, 'identity');
    const random = randomStream(7);
    const inputs = Array.from({ length: 9 }, () => integerInput(random, signs, false));
    const batch = Float64Array.from(inputs.flat(), Number);
    const exact = inputs.flatMap((input) => reference(input));

    it('compute what the kept edges do, to the last bit where that is asked for', () => {
      const values = runExact(program, batch, inputs.length);
      expect(values.map(({ numerator, denominator }) => numerator / denominator)).toEqual(exact);
      const rounded = Float64Array.from(exact, Number);
      expect(fastEngine(program, { exactness: 'bits', inputSigns: signs }).run(batch, 9)).toEqual(
        rounded,
      );
      const js = fastEngine(program, {
        exactness: 'bits',
        inputSigns: signs,
        machines: jsMachines,
      });
      expect(js.run(batch, 9)).toEqual(rounded);
      for (const engine of ['exact', 'float', 'folded', 'fast', 'auto'] as const) {
        const opened = openEngine(found.ticket, { engine });
        const result = opened.evaluate(batch, 9);
        const { rounding } = opened.report().error;
        const outputs = matrices.at(-1)?.length as number;
        for (const [at, value] of result.entries()) {
          const off = Math.abs(value - (rounded[at] as number));
          // The reference, too, was rounded.
          const bound =
            Number(rounding?.[at % outputs]) + Math.abs(rounded[at] as number) * 2 ** -53;
          expect(off, `${engine}, value ${at}`).toBeLessThanOrEqual(bound);
        }
      }
    });

    it('see that no ReLU clips within a block', () => {
      const split = signs.some((sign) => sign !== 'nonnegative');
      // The parts of the inputs, and then one segment a block.
      expect(segmentsOf(program, signs)).toHaveLength(matrices.length + (split ? 1 : 0));
    });

    it('leave hidden neurons without a role, whatever the ticket calls its construction', () => {
      for (const construction of ['fibonacci', 'horner', 'diamond']) {
        const { counts, layers } = rolesOf({ ...found.ticket, construction });
        expect(counts.output).toBe(matrices.reduce((sum, rows) => sum + rows.length, 0));
        const ends = new Set(blockEndsOf(found.source.shape));
        for (const { layer, roles } of layers) {
          const kinds = new Set(roles.map(({ kind }) => kind));
          if (layer > 0 && !ends.has(layer))
            expect([...kinds]).toEqual(roles.length ? ['unknown'] : []);
        }
      }
    });

    it('trace the values of all neurons', () => {
      for (const [index, input] of inputs.entries()) {
        const { outputs, layers } = trace(found.ticket, Float64Array.from(input, Number));
        expect(outputs.map(({ numerator, denominator }) => numerator / denominator)).toEqual(
          reference(input),
        );
        expect(layers).toHaveLength(found.source.shape.layers.length + 1);
        expect(exactToNumber(outputs[0] as never)).toBe(Number(exact[index * outputs.length]));
      }
    });
  },
);

describe('a block whose outputs read all its layers', () => {
  /** Carriers double from layer to layer, two neurons each; `outputs` read the second one of every layer. */
  function gathered(inputs: number, depth: number, outputs: number, seed: number): Claim {
    const random = randomStream(seed);
    const width = 2 * inputs;
    const all = Array.from({ length: depth }, (_, index) => index + 1);
    const hidden = all.map((t): SourceLayer => ({ channels: width, reads: [t - 1] }));
    const layers = [...hidden, { channels: outputs, reads: all }];
    const masks = all.map((t) =>
      denseMask(
        t === 1 ? inputs : width,
        width,
        Array.from({ length: inputs }, (_, input) => input).flatMap((input): [number, number][] =>
          [2 * input, 2 * input + 1].flatMap((row) =>
            (t === 1 ? [input] : [2 * input, 2 * input + 1]).map((c): [number, number] => [c, row]),
          ),
        ),
      ),
    );
    const negative = new Set<string>();
    const edges = allEdges(depth * width, outputs).filter(([column, row]) => {
      if (random() < 0.5) negative.add(`${column},${row}`);
      return column % 2 === 1 && random() < 0.7;
    });
    const source = chosenSource({ inputs, layers }, (t, column, row) =>
      t === depth + 1 && negative.has(`${column},${row}`) ? -1 : 1,
    );
    const target = integersOf([]);
    const inputSigns = new Array<InputSign>(inputs).fill('nonnegative');
    masks.push(denseMask(depth * width, outputs, edges));
    return { source, masks, target, inputSigns, assignments: [] };
  }

  it('is added up from its largest multiples down, in one segment, without the carriers', () => {
    for (const [inputs, depth, outputs] of [
      [3, 12, 20],
      [5, 30, 8],
    ] as const) {
      const claim = gathered(inputs, depth, outputs, depth);
      const program = { ...programOf(claim), fractionalPlaces: [0] };
      const segments = segmentsOf(program, claim.inputSigns);
      expect(segments).toHaveLength(1);
      // A row for each output and layer, one more for the last doubling, and none for the carriers.
      expect(segments[0]?.rows.length).toBeLessThanOrEqual(outputs * (depth + 1));
      const random = randomStream(3);
      const samples = Array.from({ length: 5 }, () =>
        integerInput(random, claim.inputSigns, false),
      );
      const batch = Float64Array.from(samples.flat(), Number);
      const reference = referencePruned(claim.source, claim.masks, 'identity');
      const expected = samples.flatMap((input) => reference(input));
      const engine = fastEngine(program, { exactness: 'bits', inputSigns: claim.inputSigns });
      expect(engine.run(batch, 5)).toEqual(Float64Array.from(expected, Number));
    }
  });

  it('needs multiples that follow from one another by small factors', () => {
    expect(stepsOf(1)).toEqual([]);
    expect(stepsOf(8)).toEqual([2, 2, 2]);
    expect(stepsOf(12)).toEqual([2, 2, 3]);
    expect(stepsOf(17)).toBeNull();
    expect(stepsOf(1.5)).toBeNull();
  });
});

/** Random layers, one block, each reading any of those before it. */
function randomSkipProgram(seed: number): { claim: Claim; signs: InputSign[] } {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const depth = 1 + below(6);
  const ends = random() < 0.5 ? depth : 1 + below(depth);
  let input = 0;
  const layers = Array.from({ length: depth }, (_, index): SourceLayer => {
    const readable = Array.from({ length: index + 1 - input }, (_, at) => input + at);
    const some = readable.filter(() => random() < 0.6);
    const endsBlock = index + 1 === ends;
    if (endsBlock) input = index + 1;
    return { channels: 1 + below(12), reads: some.length === 0 ? [index] : some, endsBlock };
  });
  const shape = { inputs: 1 + below(8), layers };
  const source = createSource(BigInt(seed), shape);
  const density = 0.1 + 0.5 * random();
  const masks = maskSizes(shape).map(({ inputs, outputs }) => {
    const edges = allEdges(inputs, outputs).filter(() => random() < density);
    return (random() < 0.5 ? denseMask : sparseMask)(inputs, outputs, edges);
  });
  const kinds: InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
  const signs = Array.from({ length: shape.inputs }, () => kinds[below(3)]);
  const target = { ...integersOf([]), activation: random() < 0.5 ? 'relu' : 'identity' } as const;
  return { claim: { source, masks, target, inputSigns: signs, assignments: [] }, signs };
}

describe('engines on random masks of skip sources', () => {
  it('agree with every kept edge, whether ReLUs clip or not', () => {
    for (let seed = 0; seed < 600; seed++) {
      const { claim, signs } = randomSkipProgram(seed);
      const blocks = claim.source.shape.layers.filter(({ endsBlock }) => endsBlock).length;
      const program = {
        ...programOf(claim),
        fractionalPlaces: new Array<number>(blocks + 1).fill(0),
      };
      const random = randomStream(seed + 1);
      const inputs = Array.from({ length: 5 }, () => integerInput(random, signs, false));
      const batch = Float64Array.from(inputs.flat(), Number);
      const reference = referencePruned(claim.source, claim.masks, claim.target.activation);
      const expected = Float64Array.from(
        inputs.flatMap((input) => reference(input)),
        Number,
      );
      const given = { exactness: 'bits', inputSigns: signs } as const;
      const exact = runExact(program, batch, 5).map(exactToNumber);
      expect(Float64Array.from(exact), `seed ${seed}`).toEqual(expected);
      expect(floatEngine(program)(batch, 5), `seed ${seed}`).toEqual(expected);
      expect(fastEngine(program, given).run(batch, 5), `seed ${seed}`).toEqual(expected);
      const other = fastEngine(program, { exactness: 'bits', machines: jsMachines });
      expect(other.run(batch, 5), `seed ${seed}`).toEqual(expected);
    }
  });
});
