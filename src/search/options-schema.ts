/** What the options of a search must be where they are read. */
import { nested, z } from '../core/zod.js';
import { storedMaps, trainedMapsSchema } from '../ticket/trained-maps-record.js';
import {
  HIDDEN_ACTIVATIONS,
  INITIAL_WEIGHTS,
  KEEP_SCOPES,
  METHOD_NAMES,
  SCHEDULES,
  type SearchOptions,
  STANDARDIZATIONS,
  searchOptions,
} from './options.js';

export const optionsSchema = z.strictObject({
  method: z.enum(METHOD_NAMES),
  widths: z.array(z.int().check(z.minimum(1))).check(z.minLength(2), z.maxLength(1000)),
  maps: z.optional(nested(trainedMapsSchema)),
  weights: z.enum(INITIAL_WEIGHTS),
  activation: z.enum(HIDDEN_ACTIVATIONS),
  keep: z.array(z.number()).check(z.maxLength(1000)),
  keepScope: z.enum(KEEP_SCOPES),
  keepRamp: z.number(),
  epochs: z.int(),
  batch: z.int(),
  learningRate: z.number(),
  momentum: z.number(),
  weightDecay: z.number(),
  schedule: z.enum(SCHEDULES),
  seed: z.string().check(z.regex(/^[0-9]{1,20}$/)),
  standardization: z.enum(STANDARDIZATIONS),
  validation: z.number(),
  patience: z.int(),
  augmentation: z.optional(z.strictObject({ shift: z.int(), flip: z.boolean() })),
});

/** Of what `optionsSchema` took. Throws a `UsageError` for options that make no sense. */
export function storedOptions(stored: z.infer<typeof optionsSchema>): SearchOptions {
  const seed = BigInt(stored.seed);
  const maps = stored.maps && storedMaps(stored.maps);
  return searchOptions({ ...stored, seed, maps });
}
