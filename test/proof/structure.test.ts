/** Claims whose parts do not describe one pruned source and one integer network: refused, each by name. */

import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import type { Progress } from '../../src/core/progress.js';
import { propagate } from '../../src/proof/propagate.js';
import { layeredShape, type SourceShape } from '../../src/source/shape.js';
import { type Claim, integersOf, sparseMask } from '../pruned-sources.js';
import { claimOf, equal, prove, refusal, type Sketch } from './sketch.js';

describe('the structure of a claim', () => {
  const sketch: Sketch = {
    widths: [2, 2, 1],
    blockEnds: [1, 2],
    layers: [
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0, 0],
        [1, 0],
      ],
    ],
    matrices: [
      [
        [1, 0],
        [0, 1],
      ],
      [[1, 1]],
    ],
    inputSigns: ['nonnegative', 'nonnegative'],
    assignments: [[0, 1]],
  };
  const claim = claimOf(sketch);
  const withTarget = (change: Partial<Claim['target']>): Claim => ({
    ...claim,
    target: { ...claim.target, ...change },
  });
  const withShape = (shape: SourceShape): Claim => ({
    ...claim,
    source: { ...claim.source, shape },
  });

  it('is accepted as it is', () => {
    expect(prove(claim)).toMatchObject(equal);
  });

  it('the source has one block for each target layer', () => {
    const fewer = withShape(layeredShape([2, 2, 1]));
    const more = withShape(layeredShape([2, 2, 1, 1], [1, 2, 3]));
    const none = withTarget({ matrices: [] });
    for (const changed of [fewer, more, none, withShape(layeredShape([2]))]) {
      expect(prove(changed)).toMatchObject({
        equal: false,
        failure: { reason: 'the source does not have one block for each target layer' },
      });
    }
  });

  it('layers that read others, or with a kernel, are refused by name', () => {
    const { inputs, layers } = claim.source.shape;
    const reading = { inputs, layers: [layers[0], { channels: 1, reads: [1, 0] }] };
    const strange = {
      inputs,
      layers: [layers[0], { channels: 1, kernel: { height: 2, width: 1 } }],
    };
    const wrong = { inputs, layers: [layers[0], { channels: 1, reads: [2] }] };
    for (const shape of [reading, strange, wrong]) {
      expect(() => prove(withShape(shape as SourceShape))).toThrow(UsageError);
      expect(() => prove(withShape(shape as SourceShape))).toThrow(/layer 2/);
    }
  });

  it('the matrices fit each other and the inputs', () => {
    const matrices = integersOf([
      [
        [1, 0],
        [0, 1],
      ],
      [[1, 1, 1]],
    ]).matrices;
    expect(prove(withTarget({ matrices }))).toMatchObject(refusal(2, 2, 0, /does not fit/));
    const fewer = { ...claim, inputSigns: ['nonnegative'] as const };
    expect(prove(fewer)).toMatchObject(refusal(1, 1, 0, /does not fit/));
    expect(prove(withTarget({ constant: true }))).toMatchObject({ equal: false });
  });

  it('the assignments are injective and inside the layer', () => {
    for (const assignments of [[], [[0]], [[0, 0]], [[0, 2]], [[0, 1, 1]]]) {
      const changed = { ...claim, assignments: assignments.map((list) => Uint32Array.from(list)) };
      expect(prove(changed)).toMatchObject(
        refusal(1, 1, 0, /not assigned to different neurons of its last layer/),
      );
    }
  });

  it('the source has as many inputs and outputs as the target', () => {
    const widened = (widths: number[]): Claim => withShape(layeredShape(widths, [1, 2]));
    expect(prove(widened([3, 2, 1]))).toMatchObject(refusal(1, 1, 0, /number of inputs/));
    expect(prove(widened([2, 2, 2]))).toMatchObject(refusal(2, 2, 0, /last layer of the source/));
  });

  it('the output scale is the product of the blocks', () => {
    const scale = { base: 2 as const, exponent: 1 };
    expect(prove(withTarget({ scale }))).toMatchObject(refusal(2, 2, 0, /output scale/));
    expect(prove(withTarget({ fractionalPlaces: [0, 1] }))).toMatchObject({ equal: false });
    expect(prove(withTarget({ fractionalPlaces: [0] }))).toMatchObject({ equal: false });
    expect(prove(withTarget({ fractionalPlaces: [0, 1], scale }))).toMatchObject(equal);
  });

  it('a mask of other widths is a fault of the caller', () => {
    const masks = [sparseMask(2, 3, [[0, 0]]), claim.masks[1]];
    expect(() => prove({ ...claim, masks })).toThrow('mask of layer 1');
  });

  it('reports its progress layer by layer', () => {
    const seen: [number, number][] = [];
    const onProgress = ({ done, total }: Progress): void => {
      seen.push([done, total]);
    };
    propagate({ ...claim, mask: (t) => claim.masks[t - 1], onProgress });
    expect(seen).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
  });
});
