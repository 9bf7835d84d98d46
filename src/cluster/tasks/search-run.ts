/**
 * A run of a sweep as a job: options and digests of the data go out, and what comes back is the ticket, with
 * what is told of the search. The same options and data give the same ticket wherever they are performed.
 */
import { concatenate } from '../../core/concatenate.js';
import { InputError } from '../../core/errors.js';
import { requireMemory } from '../../core/limits.js';
import type { Schema } from '../../core/schema.js';
import type { PromisedTask } from '../../core/tasks.js';
import { z } from '../../core/zod.js';
import type { LabelledData } from '../../data/labelled.js';
import type { SearchOptions } from '../../search/options.js';
import { optionsFromJson } from '../../search/options-record.js';
import { optionsSchema } from '../../search/options-schema.js';
import { type SearchOutcome, searchTicket } from '../../search/search.js';
import { sourceWeights } from '../../source/shape.js';
import { trainedShape } from '../../ticket/trained.js';
import { fileOf, jobMemory } from './files.js';
import { decodeLabelled } from './labelled-file.js';

export interface SearchRun {
  /** What `optionsJson` gives. */
  readonly options: unknown;
  /** SHA-256 of `encodeLabelled`, of the training and of the test data. */
  readonly data: string;
  readonly test: string;
}

/** Of a finished search what its report tells, and the ticket. */
export interface SearchRunResult
  extends Pick<
    Extract<SearchOutcome, { finished: true }>,
    'history' | 'masks' | 'test' | 'trainerTest' | 'choice'
  > {
  /** Base64. */
  readonly ticket: string;
  readonly seconds: number;
}

/** Characters of a ticket in a result, which has at most 2^26 in all. */
const MOST_TICKET = 3 * 2 ** 24;

const share = z.number().check(z.gte(0), z.lte(1));
const whole = z.number().check(z.int(), z.gte(0));
const accuracySchema = z.strictObject({ correct: whole, samples: whole });
const resultSchema: Schema<SearchRunResult> = z.strictObject({
  ticket: z.string().check(z.maxLength(MOST_TICKET), z.regex(/^[A-Za-z0-9+/]+={0,2}$/)),
  seconds: z.number().check(z.gte(0)),
  history: z
    .array(
      z.strictObject({
        epoch: whole,
        loss: z.number(),
        accuracy: share,
        validation: z.nullable(share),
        test: z.nullable(share),
        learningRate: z.number(),
        kept: share,
      }),
    )
    .check(z.maxLength(1e6)),
  masks: z.strictObject({
    kept: z.array(whole).check(z.maxLength(1000)),
    bytes: whole,
    entropyBits: z.number().check(z.gte(0)),
  }),
  test: z.nullable(accuracySchema),
  trainerTest: z.nullable(accuracySchema),
  choice: z.nullable(z.strictObject({ thresholded: accuracySchema, drawn: accuracySchema })),
});

const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** The last two files that were asked for: runs of a sweep come together. */
const held = new Map<string, LabelledData>();

function dataOf(name: string): LabelledData {
  const data = held.get(name) ?? decodeLabelled(fileOf('data', name).bytes);
  held.delete(name);
  held.set(name, data);
  for (const oldest of held.keys()) if (held.size > 2) held.delete(oldest);
  return data;
}

/** Of an edge of the source: weights, scores, their gradients and what they are stepped by, and the mask. */
const BYTES_PER_EDGE = 40;

/** Options that are checked. Throws an `InputError` for a network that a worker has no room for. */
function admitted(options: unknown): SearchOptions {
  const own = optionsFromJson(options);
  const needed = BYTES_PER_EDGE * Number(sourceWeights(trainedShape(own)));
  requireMemory(needed, jobMemory(), 'the network', 'searching in it');
  return own;
}

export const searchRunTask: PromisedTask<SearchRun, SearchRunResult> = {
  name: 'search run',
  version: 1,
  inputSchema: z.strictObject({ options: optionsSchema, data: digest, test: digest }),
  resultSchema: () => resultSchema,
  async perform({ options, data, test }) {
    const begun = performance.now();
    const task = {
      options: admitted(options),
      data: dataOf(data),
      test: dataOf(test),
    };
    const outcome = await searchTicket(task);
    if (!outcome.finished) throw new Error('the search ended before its end');
    const { bytes, history, masks, choice } = outcome;
    const ticket = Buffer.from(concatenate(bytes)).toString('base64');
    if (ticket.length > MOST_TICKET) {
      throw new InputError({
        place: 'the ticket',
        problem: `${ticket.length} characters are more than a result may have (${MOST_TICKET})`,
        remedy: 'search for it without a queue',
      });
    }
    return {
      ...{ ticket, history, choice, test: outcome.test, trainerTest: outcome.trainerTest },
      masks: { ...masks, kept: [...masks.kept] },
      seconds: (performance.now() - begun) / 1000,
    };
  },
};
