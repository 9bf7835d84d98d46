/** How a ticket's integers were made, or what they are certified to keep, as JSON in its body. */
import { z } from 'zod';
import { isPlainDecimal } from '../precision/certificate.js';
import type { PrecisionRecord } from '../precision/precision.js';
import { MAXIMUM_PLACES } from '../precision/quantize.js';
import type { JsonValue } from './json.js';
import { listOf, MAXIMUM_ENTRIES } from './schemas.js';

const places = z.int().min(0).max(MAXIMUM_PLACES);

export const precisionSchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('lossless') }),
  z.strictObject({ mode: z.literal('bits'), bits: places }),
  z.strictObject({ mode: z.literal('paper'), epsilon: z.number().positive(), digits: places }),
  z.strictObject({
    mode: z.literal('certified'),
    requested: z.number().positive(),
    certified: z.custom<string>(isPlainDecimal, { error: 'not a plain decimal number' }),
    outputs: listOf('plain decimal numbers', MAXIMUM_ENTRIES, isPlainDecimal),
    method: z.enum(['lossless', 'interval', 'norm', 'relaxation', 'ellipsoid']),
  }),
]);

/** Fields in the order in which they are written. */
export function precisionJson(precision: PrecisionRecord): JsonValue {
  if (precision.mode !== 'certified') return { ...precision };
  const { mode, requested, certified, outputs, method } = precision;
  return { mode, requested, certified, outputs, method };
}
