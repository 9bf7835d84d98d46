/** The order of samples of feature maps, in the library's `open`: either gives the same outputs. */
import { describe, expect, it } from 'vitest';
import { find, open } from '../../src/index.js';
import { reorderingFrom } from '../../src/inference/sample-layout.js';
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap, denseLayer } from '../../src/target/make-layers.js';
import type { Network } from '../../src/target/network.js';

const input = { channels: 2, height: 2, width: 3 };
/** Channel, row and column of each number as digits. */
const first = [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112];
const last = [0, 100, 1, 101, 2, 102, 10, 110, 11, 111, 12, 112];

function network(channelsLast: boolean): Network {
  const weights = Array.from({ length: 24 }, (_, at) => ((at * 7) % 11) - 5);
  const map = convolutionMap({
    input,
    outputChannels: 3,
    kernel: { height: 2, width: 2 },
    weights,
  });
  const bias = exactArray(Float64Array.of(1, -2, 3));
  return {
    layers: [{ ...map, bias, activation: 'identity' }],
    domain: { kind: 'all' },
    ...(channelsLast && { channelsLast: input }),
  };
}

describe('the layout of samples', () => {
  it('is brought to the other one, sample by sample', () => {
    const toFirst = reorderingFrom('nhwc', { shape: input, layout: 'nchw' });
    const toLast = reorderingFrom('nchw', { shape: input, layout: 'nhwc' });
    expect(Array.from(toFirst?.([...last, ...first.keys()]) ?? []).slice(0, 12)).toEqual(first);
    expect(Array.from(toLast?.([...first, ...first]) ?? [])).toEqual([...last, ...last]);
    expect(reorderingFrom('nchw', { shape: input, layout: 'nchw' })).toBeNull();
    expect(reorderingFrom(undefined, null)).toBeNull();
  });

  it.each([false, true])(
    'gives the same outputs in either, channelsLast %s',
    async (channelsLast) => {
      const found = await find({ network: network(channelsLast) }, { seed: 1n });
      if (!found.found) throw new Error('not found');
      const run = (values: number[], layout?: 'nchw' | 'nhwc') =>
        open(found.ticket, layout && { layout }).run(values);
      const expected = await run(channelsLast ? last : first);
      expect(await run(first, 'nchw')).toEqual(expected);
      expect(await run(last, 'nhwc')).toEqual(expected);
      expect(await run(channelsLast ? first : last)).not.toEqual(expected);
    },
  );

  it('is refused where there are no maps, or no such layout', async () => {
    const layer = denseLayer({ inputs: 2, outputs: 1, weights: [1, 2], activation: 'identity' });
    const found = await find(
      { network: { layers: [layer], domain: { kind: 'all' } } },
      { seed: 1n },
    );
    if (!found.found) throw new Error('not found');
    expect(() => open(found.ticket, { layout: 'nhwc' })).toThrow(/layout: nhwc.*no feature maps/);
    expect(() => open(found.ticket, { layout: 'hwc' as never })).toThrow(/layout/);
  });
});
