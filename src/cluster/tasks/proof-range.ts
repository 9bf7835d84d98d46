/**
 * A range of a block of a ticket's proof as a job: digests and numbers go out, and what comes back are the
 * signs that were seen, packed, with the counts that a verdict states.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { InputError } from '../../core/errors.js';
import type { Steps } from '../../core/steps.js';
import type { QueueTask } from '../../core/tasks.js';
import { z } from '../../core/zod.js';
import { type BlockFrame, liveEdges, liveNeurons } from '../../proof/block-frame.js';
import { checkRange, NONE_FAILED, rangeOver } from '../../proof/check-range.js';
import { blockToProve } from '../../proof/propagate.js';
import { blockFrame } from '../../proof/prove-by-ranges.js';
import type { BlockToProve, RangeLimits, SeenSigns } from '../../proof/range-proof.js';
import { propagationOf } from '../../proof/verify-steps.js';
import { jobMemory, nameOfFile } from './files.js';
import { ticketOf } from './tickets.js';

export interface ProofRange {
  /** SHA-256 of the ticket's bytes. */
  readonly ticket: string;
  /** From 1. */
  readonly block: number;
  /** Variables of the block. */
  readonly from: number;
  readonly to: number;
}

const whole = z.number().check(z.int(), z.gte(0));
const failureSchema = z.strictObject({
  failure: z.strictObject({
    block: whole,
    layer: whole,
    neuron: whole,
    reason: z.string().check(z.maxLength(2000)),
  }),
  order: whole,
});
const resultSchema = z.strictObject({
  /** Of each hidden layer, packed. */
  seen: z.array(z.string()).check(z.maxLength(4096)),
  additions: z.number().check(z.gte(0)),
  failure: z.nullable(failureSchema),
  liveNeurons: whole,
  liveEdges: whole,
});
export type ProofRangeResult = z.infer<typeof resultSchema>;

/** Wider layers are not proved at all. */
const MOST_NEURONS = 2 ** 26;

/** Ids as differences, and a byte of signs for each. */
export function packSigns({ neurons, signs }: SeenSigns): string {
  const bytes = new Uint8Array(5 * neurons.length);
  const view = new DataView(bytes.buffer);
  let before = 0;
  neurons.forEach((neuron, index) => {
    view.setUint32(4 * index, neuron - before, true);
    before = neuron;
  });
  bytes.set(signs.subarray(0, neurons.length), 4 * neurons.length);
  return Buffer.from(deflateRawSync(bytes, { level: 1 })).toString('base64');
}

/** The inverse; undefined for what `packSigns` has not made of a layer of so many neurons. */
export function unpackSigns(text: string, width: number): SeenSigns | undefined {
  let bytes: Buffer;
  try {
    bytes = inflateRawSync(Buffer.from(text, 'base64'), {
      maxOutputLength: 5 * Math.min(width, MOST_NEURONS) + 1,
    });
  } catch {
    return undefined;
  }
  if (bytes.length % 5 !== 0) return undefined;
  const count = bytes.length / 5;
  const neurons = new Uint32Array(count);
  let before = 0;
  for (let index = 0; index < count; index++) {
    const difference = bytes.readUInt32LE(4 * index);
    if ((index > 0 && difference === 0) || before + difference >= width) return undefined;
    before += difference;
    neurons[index] = before;
  }
  const signs = Uint8Array.from(bytes.subarray(4 * count));
  return signs.every((sign) => sign <= 3) ? { neurons, signs } : undefined;
}

/** The last block that was asked for: its ranges come together. */
let held:
  | {
      readonly key: string;
      readonly block: BlockToProve;
      readonly frame: BlockFrame;
      readonly limits: RangeLimits;
    }
  | undefined;

function* heldBlock({ ticket: digest, block: number }: ProofRange) {
  const key = `${digest} ${number}`;
  if (held?.key === key) return held;
  held = undefined;
  const ticket = ticketOf(digest);
  const input = propagationOf(ticket, jobMemory());
  const block = yield* blockToProve(input, number);
  held = { key, block, frame: yield* blockFrame(block), limits: input.limits };
  return held;
}

export const proofRangeTask: QueueTask<ProofRange, ProofRangeResult> = {
  name: 'proof range',
  version: 1,
  inputSchema: z
    .strictObject({
      ticket: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
      block: z.number().check(z.int(), z.gte(1), z.lte(2 ** 20)),
      from: whole,
      to: whole,
    })
    .check(z.refine(({ from, to }) => from < to, 'the range is empty')),
  resultSchema: () => resultSchema,
  *run(range): Steps<ProofRangeResult> {
    try {
      return yield* provedRange(range);
    } catch (error) {
      // What the ticket itself is refused for, in masks that are read here, is told of it.
      throw error instanceof InputError ? error.inFile(nameOfFile('ticket', range.ticket)) : error;
    }
  },
};

function* provedRange(range: ProofRange): Steps<ProofRangeResult> {
  const { block, frame, limits } = yield* heldBlock(range);
  const { input, source } = block;
  const { offsets } = input.rows;
  if (!offsets.includes(range.from) || !offsets.includes(range.to)) {
    throw new RangeError('the range is not one of whole inputs of its block');
  }
  const { number, expected, assignment, others } = block;
  const own = rangeOver({ number, input, expected, assignment, others, limits }, range);
  const earliest = Uint32Array.of(NONE_FAILED);
  const result = yield* checkRange(frame, source, { ...own, earliest });
  return {
    seen: result.seen.map(packSigns),
    additions: result.additions,
    failure: result.failure,
    liveNeurons: liveNeurons(frame),
    liveEdges: liveEdges(frame),
  };
}
