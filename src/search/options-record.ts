/** The options of a search as JSON, in checkpoints, in the results of sweeps, and for whoever hands runs on. */
import { checkObject } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkedWith } from '../core/zod.js';
import { describeIssue, type JsonValue } from '../ticket/json.js';
import { trainedMapsJson } from '../ticket/trained-maps-record.js';
import type { SearchOptions } from './options.js';
import { optionsSchema, storedOptions } from './options-schema.js';

/**
 * In the order of the fields of `SearchOptions`; the seed as a decimal text. Throws a `UsageError` for what are
 * no such options.
 */
export function optionsJson(options: SearchOptions): JsonValue {
  checkObject('options', options);
  if (typeof options.seed !== 'bigint' || !Array.isArray(options.widths)) {
    throw new UsageError('options: give what searchOptions returns');
  }
  const { seed, maps, widths, augmentation, ...others } = options;
  return {
    ...others,
    widths: [...widths],
    ...(maps && { maps: trainedMapsJson(maps) }),
    ...(augmentation && { augmentation: { ...augmentation } }),
    seed: seed.toString(),
  };
}

/** What `optionsJson` gave, as parsed from text. Throws a `UsageError` for anything else. */
export function optionsFromJson(value: unknown): SearchOptions {
  const parsed = checkedWith(optionsSchema, value);
  if (!parsed.success) throw new UsageError(`options: ${describeIssue(parsed.error)}`);
  return storedOptions(parsed.data);
}
