/**
 * The order of a file's samples of feature maps, told from the array's shape: it is never taken for the
 * ticket's where it fits the other one alone.
 */
import { InputError } from '../../core/errors.js';
import { shapeText } from '../../data/tensor.js';
import type { MapSamples, SampleLayout } from '../../inference/sample-layout.js';
import type { FeatureShape } from '../../target/planes.js';

const axes: Readonly<Record<SampleLayout, (shape: FeatureShape) => number[]>> = {
  nchw: ({ channels, height, width }) => [channels, height, width],
  nhwc: ({ channels, height, width }) => [height, width, channels],
};

const isAxis = (length: number): boolean => length > 1;

/** Samples along the first axis, as `N x 3 x 32 x 32 (nchw)`. */
function layoutText(layout: SampleLayout, shape: FeatureShape): string {
  return `N x ${axes[layout](shape).join(' x ')} (${layout})`;
}

function misfit(shape: readonly number[], problem: string, remedy: string): InputError {
  return new InputError({ place: `shape ${shapeText(shape)}`, problem, remedy });
}

/**
 * The layout of an array of this shape, samples along its first axis or one sample alone. Axes of length 1 say
 * nothing. What has other axes than both, such as one row of numbers a sample, is in the layout that is asked
 * for, else in the ticket's; so is what fits both. Throws an `InputError` for four axes and more that fit none,
 * or not the one that is asked for.
 */
export function layoutOfArray(
  shape: readonly number[],
  { shape: maps, layout: own }: MapSamples,
  asked?: SampleLayout,
): SampleLayout {
  const count = shape.reduce((product, length) => product * length, 1);
  const isOne = count === maps.channels * maps.height * maps.width;
  const found = (isOne ? shape : shape.slice(1)).filter(isAxis);
  const fits = (layout: SampleLayout): boolean =>
    axes[layout](maps).filter(isAxis).join() === found.join();
  const other = own === 'nchw' ? 'nhwc' : 'nchw';
  const expected = asked ?? own;
  if (found.length < 2 || fits(expected)) return expected;
  if (asked === undefined && fits(other)) return other;
  const saysNothing = found.length !== axes[own](maps).filter(isAxis).length;
  if (saysNothing && shape.length < 4) return expected;
  if (asked !== undefined) {
    throw misfit(
      shape,
      `it is not ${layoutText(asked, maps)}, as option "layout" says`,
      'leave the option out, or give the samples in that order',
    );
  }
  throw misfit(
    shape,
    `it is neither ${layoutText(own, maps)} nor ${layoutText(other, maps)}`,
    'give one of the two, or one row of numbers for each sample',
  );
}

/** What is said of samples that are brought to the ticket's order unasked. */
export function reorderedWords(layout: SampleLayout, { shape, layout: own }: MapSamples): string {
  return `its samples are ${layoutText(layout, shape)} and are brought to the ticket's order, ${layoutText(own, shape)}`;
}
