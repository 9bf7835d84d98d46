/**
 * Networks as JSON: what a ticket says of its own, `{"widths": [..], "maps": {..}}` (docs/ticket.md, trained feature
 * maps), or the items of the text of `shape-text.ts` as a list.
 */
import { check, TEXT } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import { checkedWith, nested, z } from '../core/zod.js';
import { describeIssue, parseJson } from '../ticket/json.js';
import { trainedMapsProblem } from '../ticket/trained-maps.js';
import { storedMaps, trainedMapsSchema } from '../ticket/trained-maps-record.js';
import type { NetworkShape } from './shape-text.js';

const item = z.union([z.string().check(z.regex(/^[a-z0-9]{1,40}$/)), z.int().check(z.minimum(1))]);
const listSchema = z.array(item).check(z.minLength(2), z.maxLength(10_000));
const networkSchema = z.strictObject({
  widths: z.array(z.int().check(z.minimum(1))).check(z.minLength(2), z.maxLength(1000)),
  maps: z.optional(nested(trainedMapsSchema)),
});

/**
 * A network, or the text that a list stands for, which may leave the size of its inputs open. Throws an `InputError`
 * that says what is wrong.
 */
export function shapeFromJson(json: string): NetworkShape | string {
  check('json', json, TEXT);
  const place = 'network';
  const refuse = (problem: string): never => {
    throw new InputError({
      place,
      problem,
      remedy:
        'give {"widths": [..], "maps": {..}} as tickets have them, or a list of items, as ["28x28", "conv64", "pool", 10]',
    });
  };
  const value = (() => {
    try {
      return parseJson(json, place);
    } catch (error) {
      // Its remedy is for files of this program's own.
      return error instanceof InputError ? refuse(error.problem) : refuse(String(error));
    }
  })();
  if (Array.isArray(value)) {
    const list = checkedWith(listSchema, value);
    return list.success ? list.data.join('-') : refuse(describeIssue(list.error));
  }
  const parsed = checkedWith(networkSchema, value);
  if (!parsed.success) return refuse(describeIssue(parsed.error));
  const { widths, maps: stored } = parsed.data;
  if (stored === undefined) return { widths };
  const maps = storedMaps(stored);
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) refuse(problem);
  return { widths, maps };
}
