/** A block of Horner's as JSON. In a file of its own: types of the schema library are in no declaration for users. */
import { z } from '../../core/zod.js';
import { MAXIMUM_LAYERS, widthSchema as width } from '../class-record.js';

const MAXIMUM_COPIES = 256;
const MAXIMUM_OFFSET_COPIES = 4096;
const MAXIMUM_SELECTION = 64;
const MAXIMUM_GROWTH = 8;

export const hornerSchema = z.strictObject({
  splitWidth: z.nullable(width),
  radices: z
    .array(z.int().check(z.minimum(1), z.maximum(MAXIMUM_GROWTH)))
    .check(z.minLength(2), z.maxLength(MAXIMUM_LAYERS)),
  carrierCopies: z
    .array(z.int().check(z.minimum(1), z.maximum(MAXIMUM_COPIES)))
    .check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
  chains: width,
  selection: z.int().check(z.minimum(1), z.maximum(MAXIMUM_SELECTION)),
  hiddenWidths: z.array(width).check(z.minLength(2), z.maxLength(MAXIMUM_LAYERS)),
  offsetCopies: z.int().check(z.minimum(1), z.maximum(MAXIMUM_OFFSET_COPIES)),
  outputWidth: width,
  /** Only where a block's chains grow in fours. */
  quads: z.optional(z.int().check(z.minimum(1), z.maximum(MAXIMUM_LAYERS))),
});
