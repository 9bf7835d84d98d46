/** The inputs around which something is certified: a file of samples, in the order that a network takes. */
import { check } from '../../core/arguments.js';
import { withFileName } from '../../core/errors.js';
import { sampleDigest } from '../../data/labelled.js';
import { asSamples } from '../../data/samples.js';
import { type MapSamples, reorderingFrom } from '../../inference/sample-layout.js';
import { type Balls, hullOf } from '../../precision/balls.js';
import type { GivenSamples } from '../../proof/claims.js';
import { decimalDown, decimalUp } from '../../target/decimal.js';
import { hasMaps, inputShapeOf, inputsOf, type Network } from '../../target/network.js';
import type { AroundRequest } from './around-request.js';
import { readDataFile } from './read-data.js';
import { layoutOfArray, reorderedWords } from './sample-layout.js';

function mapsOf(network: Network): MapSamples | null {
  if (!hasMaps(network)) return null;
  const layout = network.channelsLast === undefined ? 'nchw' : 'nhwc';
  return { shape: inputShapeOf(network), layout };
}

/** The samples of a file as the network takes them, and their digest as the file has them. */
export function readGivenSamples(
  file: string,
  network: Network,
  notice: (text: string) => void,
): GivenSamples {
  const tensor = readDataFile(file);
  const samples = withFileName(file, () => asSamples(tensor, inputsOf(network.layers)));
  const maps = mapsOf(network);
  let values = Float64Array.from(samples.values);
  if (maps !== null) {
    const layout = withFileName(file, () => layoutOfArray(tensor.shape, maps));
    const reorder = reorderingFrom(layout, maps);
    if (reorder !== null) {
      notice(`${file}: ${reorderedWords(layout, maps)}`);
      values = Float64Array.from(reorder(values));
    }
  }
  return { samples: samples.count, values, data: sampleDigest(samples) };
}

/** The balls of a request, and the box that holds them. */
export function readBalls(
  { file, radius, clip, divide }: AroundRequest,
  network: Network,
  notice: (text: string) => void,
) {
  check('divide', divide, { is: (own) => Number(own) > 0, not: 'not positive' });
  const given = readGivenSamples(file, network, notice);
  const around: Balls = {
    ...given,
    divide,
    radius: decimalUp(radius),
    ...(clip && { clip: [decimalDown(clip[0]), decimalUp(clip[1])] as const }),
  };
  return { around, domain: withFileName(file, () => hullOf(around)) };
}
