/** A block of skip's as JSON. In a file of its own: types of the schema library are in no declaration for users. */
import { z } from '../../core/zod.js';
import { MAXIMUM_LAYERS, widthSchema as width } from '../class-record.js';
import { GROWTHS, type GrowthName } from './growths.js';

const MAXIMUM_HEAD = 64;
const MAXIMUM_COPIES = 4096;
const MAXIMUM_SUMS = 64;
const none = z.int().check(z.minimum(0));
const widthOrNone = none.check(z.maximum(2 ** 32 - 1));
const count = z.int().check(z.minimum(1), z.maximum(MAXIMUM_COPIES));
const levels = z.int().check(z.minimum(1), z.maximum(MAXIMUM_LAYERS));
const grownSchema = z.strictObject({
  scheme: z.enum(Object.keys(GROWTHS) as GrowthName[]),
  head: none.check(z.maximum(MAXIMUM_HEAD)),
  levels,
  units: count,
  chains: width,
  splitWidth: widthOrNone,
  sums: none.check(z.maximum(MAXIMUM_SUMS)),
  totalWidth: widthOrNone,
  baseCopies: none.check(z.maximum(MAXIMUM_COPIES)),
  baseWidth: widthOrNone,
  doublingWidth: widthOrNone,
  unitWidth: width,
  relayWidth: width,
  accumulatorWidth: width,
  lastWidth: width,
  offsetCopies: count,
  outputWidth: width,
});
const gatheredSchema = z.strictObject({
  scheme: z.literal('gathered'),
  levels,
  units: count,
  unitWidth: width,
  splitWidth: widthOrNone,
  relayWidth: width,
  outputWidth: width,
});
export const skipSchema = z.union([grownSchema, gatheredSchema]);
