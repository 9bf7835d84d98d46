/** The inputs around which `find` is to certify an error, from the numbers that a caller has. */
import { check, checkObject, POSITIVE } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkNames } from '../core/options.js';
import { sampleDigest } from '../data/labelled.js';
import type { TensorData } from '../data/tensor.js';
import { type Balls, checkBalls, hullOf } from '../precision/balls.js';
import { type Domain, inputsOf, type Network } from '../target/network.js';

/** Balls in the maximum norm around inputs. */
export interface Around {
  /** One input after another, each in the order that the network takes; a ticket records their digest. */
  readonly values: TensorData;
  /** How far each coordinate may be off, in units of `values`. */
  readonly radius: number;
  /** What values and radius are divided by for the network; default 1. */
  readonly divide?: number;
  /** What the balls are cut to, after the division: `[0, 1]` for pixels over 255. Default: nothing. */
  readonly clip?: readonly [number, number];
}

const PARTS: readonly (keyof Around)[] = ['values', 'radius', 'divide', 'clip'];

const isData = (value: unknown): boolean =>
  value instanceof Uint8Array || value instanceof Float32Array || value instanceof Float64Array;

/**
 * The balls, and the box that holds them. Throws a `UsageError` for what is no such record, and a `MisfitError`
 * for values that are not whole inputs of the network.
 */
export function ballsAround(
  { layers }: Network,
  around: Around,
): { readonly around: Balls; readonly domain: Domain } {
  checkObject('option "around"', around);
  checkNames('option "around"', 'part', around, PARTS);
  const { values, radius, divide = 1, clip } = around;
  check('option "around": values', values, {
    is: isData,
    not: 'no numbers',
    remedy: () => 'give a Float64Array, Float32Array or Uint8Array',
  });
  check('option "around": divide', divide, POSITIVE);
  if (
    clip !== undefined &&
    !(Array.isArray(clip) && clip.length === 2 && clip.every(Number.isFinite))
  ) {
    throw new UsageError('option "around": clip: give [lowest, highest], or leave it out');
  }
  const inputs = inputsOf(layers);
  const count = Math.floor(values.length / inputs);
  const data = sampleDigest({ count, inputs, values });
  const record = { samples: count, data, divide, radius, ...(clip && { clip }) };
  const balls: Balls = { ...record, values: Float64Array.from(values) };
  checkBalls(balls, inputs);
  return { around: balls, domain: hullOf(balls) };
}
