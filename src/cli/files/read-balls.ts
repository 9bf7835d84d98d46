/** The inputs around which something is certified: a file of samples, in the order that a network takes. */
import { check } from '../../core/arguments.js';
import { UsageError, withFileName } from '../../core/errors.js';
import { sampleDigest } from '../../data/labelled.js';
import { asSamples } from '../../data/samples.js';
import { type MapSamples, reorderingFrom } from '../../inference/sample-layout.js';
import { type Balls, hullOf } from '../../precision/balls.js';
import type { GivenSamples } from '../../proof/claims.js';
import { decimalDown, decimalUp, isDecimal } from '../../target/decimal.js';
import { hasMaps, inputShapeOf, inputsOf, type Network } from '../../target/network.js';
import { readDataFile } from './read-data.js';
import { layoutOfArray, reorderedWords } from './sample-layout.js';

/** Balls as the command line names them. */
export interface AroundRequest {
  readonly file: string;
  /** Decimals. */
  readonly radius: string;
  readonly clip?: readonly [string, string];
  readonly divide: number;
}

const FORM = 'write around:FILE,radius or around:FILE,radius,lo,hi';

/**
 * What `--domain around:FILE,radius[,lo,hi]` says; undefined for another domain. A name may hold commas: the
 * numbers are the last ones. Throws a `UsageError` for what is no number.
 */
export function aroundRequest(domain: string, divide: number): AroundRequest | undefined {
  const [, rest] = /^around:(.*)$/s.exec(domain.trim()) ?? [];
  if (rest === undefined) return undefined;
  const parts = rest.split(',');
  let numbers = 0;
  while (numbers < parts.length - 1 && isDecimal((parts.at(-1 - numbers) ?? '').trim())) numbers++;
  const taken = numbers >= 3 ? 3 : numbers >= 1 ? 1 : 0;
  const file = parts.slice(0, parts.length - taken).join(',');
  if (taken === 0 || file === '') {
    throw new UsageError(`the domain ${domain} has no file with a radius; ${FORM}`);
  }
  const [radius, low, high] = parts.slice(-taken).map((part) => part.trim());
  if (!(Number(radius) >= 0)) throw new UsageError(`the radius ${radius} is negative; ${FORM}`);
  return {
    ...{ file, radius, divide },
    ...(low !== undefined && high !== undefined && { clip: [low, high] as const }),
  };
}

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
