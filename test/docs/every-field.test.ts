/**
 * Every field of every kind of ticket, wrong while everything else is right: refused, or one of those
 * that `docs/ticket.md` ("What holds what") says nothing relies on or another true ticket comes from.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { constructionNamed } from '../../src/constructions/index.js';
import { concatenate } from '../../src/core/concatenate.js';
import { InputError } from '../../src/core/errors.js';
import { dataDigest } from '../../src/data/labelled.js';
import { runExact } from '../../src/inference/exact.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained, countCorrect } from '../../src/inference/trained-layers.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { PrecisionRequest } from '../../src/precision/precision.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { verifyBaselineTicket } from '../../src/proof/verify-baseline.js';
import type { Network } from '../../src/target/network.js';
import { readTicket } from '../../src/ticket/read.js';
import { decodeSafetensors } from '../../src/ticket/safetensors.js';
import { encodeTrainedTicket } from '../../src/ticket/trained.js';
import { foundBaseline, MIXED_BOX, smallNetwork } from '../baseline-tickets.js';
import { randomNetwork } from '../networks.js';
import { joined } from '../ticket/sample.js';
import { sampleTrained } from '../ticket/trained-sample.js';
import { changed } from '../ticket-changes.js';

/** A ticket that is true, and all that can be checked of it. */
interface Subject {
  readonly bytes: Uint8Array;
  readonly proved: (bytes: Uint8Array) => boolean;
  /** What the pruned source gives on some inputs, as text; the file itself where no change may pass. */
  readonly outputs: (bytes: Uint8Array) => string;
  /** Paths, `*` for an index, at which a wrong value may pass. */
  readonly unchecked: readonly string[];
}

const MODEL = 'a small model';
const sha256 = createHash('sha256').update(MODEL).digest('hex');

function normalized(network: Network): Network {
  const inputs = network.layers[0]?.inputs as number;
  const input = (value: number) => new Float64Array(inputs).fill(value);
  return {
    ...network,
    normalization: {
      input: { minimum: input(-3), maximum: input(3), mean: input(0.5), range: input(2) },
      output: { mean: 1.5, range: 4 },
    },
    reading: { leftOut: ['Softmax'], rounded: ['Div'], relativeChange: 2 ** -50 },
  };
}

function constructed(precision: PrecisionRequest): Subject {
  const network = normalized(
    randomNetwork({ dimensions: [3, 3, 2], seed: 21, bits: 6, places: 5 }),
  );
  const domain = {
    kind: 'box' as const,
    lower: Float64Array.of(-1, 0, -2),
    upper: Float64Array.of(1.5, 1, 0),
  };
  const found = findTicket(network, {
    construction: constructionNamed('horner') as Construction,
    precision,
    domain,
    delta: 0.01,
    model: { name: 'small.onnx', sha256 },
  });
  if (!found.found) throw new Error('not found');
  return {
    bytes: concatenate(found.bytes),
    proved: (bytes) => {
      const ticket = readTicket(bytes);
      if (ticket.kind !== 'constructed') throw new Error(ticket.kind);
      return verifyTicket(ticket, { model: { network, sha256 } }).proved;
    },
    outputs: (bytes) => {
      const ticket = readTicket(bytes);
      if (ticket.kind !== 'constructed') throw new Error(ticket.kind);
      const batch = Float64Array.from({ length: 3 * 40 }, (_, at) => {
        const [low, high] = [domain.lower[at % 3] as number, domain.upper[at % 3] as number];
        return low + ((high - low) * ((at * at) % 37)) / 32;
      });
      return runExact(compileTicket(ticket), batch, 40)
        .map(({ numerator, denominator }) => `${numerator}/${denominator}`)
        .join();
    },
    unchecked: [
      'model',
      'model.name',
      // A larger bound than the model's own, or none.
      'reading.relativeChange',
      'constructed.construction',
      'constructed.delta',
      // Boxes of the same signs: the integers are the model's everywhere, a bound holds on smaller ones.
      'domain.lower.*.0',
      'domain.upper.*.0',
      ...(precision.mode === 'certified'
        ? [
            'constructed.precision.requested',
            'constructed.precision.method',
            'constructed.precision.outputs.*',
            // Of a neuron that is off on all of the domain: the bounds are computed in these units, and hold.
            'constructed.precision.scales.*.*',
          ]
        : []),
    ],
  };
}

function baseline(): Subject {
  const network = normalized(smallNetwork(3));
  const { bytes } = foundBaseline('pensia', network, MIXED_BOX);
  return {
    bytes: concatenate(bytes),
    proved: (file) => {
      const ticket = readTicket(file);
      if (ticket.kind !== 'baseline') throw new Error(ticket.kind);
      return verifyBaselineTicket(ticket, { model: { network, sha256: 'ab'.repeat(32) } }).proved;
    },
    outputs: (bytes) => Buffer.from(bytes).toString('hex'),
    unchecked: [
      'model',
      'model.name',
      'reading.relativeChange',
      'baseline.system',
      'baseline.delta',
      'domain.lower.*.0',
      'domain.upper.*.0',
      'baseline.precision.requested',
      'baseline.precision.method',
      'baseline.precision.outputs.*',
    ],
  };
}

function trained(): Subject {
  const { head, mask } = sampleTrained({ weights: 'normal' });
  const samples = 50;
  const values = Float64Array.from({ length: 6 * samples }, (_, at) => Math.sin(at * at));
  const labels = Uint32Array.from({ length: samples }, (_, at) => at % 3);
  const data = { count: samples, inputs: 6, classes: 3, values, labels };
  const draft = readTicket(joined(encodeTrainedTicket(head, mask).bytes));
  if (draft.kind !== 'trained') throw new Error(draft.kind);
  const program = compileTrained(draft);
  const correct = countCorrect(trainedEngine(program), program, values, labels);
  const accuracy = { correct, samples, data: dataDigest(data) };
  return {
    bytes: joined(encodeTrainedTicket({ ...head, accuracy }, mask).bytes),
    proved: (bytes) => {
      const ticket = readTicket(bytes);
      if (ticket.kind !== 'trained') throw new Error(ticket.kind);
      return verifyTrained(ticket, { data }).proved;
    },
    outputs: (bytes) => Buffer.from(bytes).toString('hex'),
    unchecked: [
      'model',
      // Part of the network, which is another one then: its outputs on its own probes may be the same.
      'trained.standardization.mean.*.0',
      'trained.training.*',
      'trained.training.keep.*',
      // Not these data any more, or nothing said of any.
      'trained.accuracy',
      'trained.accuracy.data',
    ],
  };
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Words that mean something somewhere in a ticket, and some that do not. */
const VOCABULARY = [
  ['relu', 'identity', 'sign', 'normal', 'uniform', 'hyperbolic', 'scaled-sign', 'another'],
  ['constructed', 'trained', 'baseline', 'lossless', 'bits', 'paper', 'certified', ''],
  ['interval', 'norm', 'relaxation', 'ellipsoid', 'signed', 'nonnegative', 'nonpositive'],
  ['all', 'ball', 'box', 'unearth-ticket/2', 'threefry2x32-20/2', '0', '1e9', '0.000001', 'a b'],
].flat();

/** Other values for what is at a path. */
function wrongValues(value: Json): Json[] {
  if (typeof value === 'boolean') return [!value, 0, 'true'];
  if (typeof value === 'number') {
    const near = [value + 1, value - 1, -value, 2 * value, value / 2, value + 0.25, 0, 1];
    return [...near, value * (1 + 2 ** -40), 1e300, '1', null, [value]];
  }
  if (typeof value === 'string') {
    const digits = value.replace(/[0-9a-f]/, (digit) => (digit === '1' ? '2' : '1'));
    return [...VOCABULARY, digits, `${value}1`, `${value} `, value.toUpperCase(), 1, null];
  }
  if (Array.isArray(value)) {
    return [[], value.slice(1), value.slice(0, -1), [...value, ...value.slice(-1)], {}, null];
  }
  return value === null ? [] : [{}, [], { ...value, extra: 1 }, null];
}

/** Every path into a ticket's metadata with what is there: words are told from JSON by parsing. */
function fields(bytes: Uint8Array): { path: string[]; value: Json; isText: boolean }[] {
  const all: { path: string[]; value: Json; isText: boolean }[] = [];
  const walk = (path: string[], value: Json, isText: boolean): void => {
    all.push({ path, value, isText });
    if (typeof value !== 'object' || value === null) return;
    // The ends of long lists stand for what is between.
    const entries = Object.entries(value);
    const picked = entries.length > 8 ? [...entries.slice(0, 3), ...entries.slice(-3)] : entries;
    for (const [key, inner] of picked) walk([...path, key], inner, false);
  };
  for (const [key, text] of decodeSafetensors(bytes).metadata) {
    const isText = !/^[[{]/.test(text);
    walk([key], isText ? text : (JSON.parse(text) as Json), isText);
  }
  return all;
}

function matches(pattern: string, path: readonly string[]): boolean {
  const parts = pattern.split('.');
  return (
    parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at])
  );
}

/** Whether the changed ticket passes; anything thrown but an `InputError` is a defect. */
function passes({ bytes, proved }: Subject, changes: string): boolean {
  try {
    return proved(changed(bytes, changes));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

const subjects: readonly (readonly [string, Subject])[] = [
  ['lossless', constructed({ mode: 'lossless' })],
  ['rounded', constructed({ mode: 'bits', bits: 3 })],
  ['certified', constructed({ mode: 'certified', epsilon: 0.5 })],
  ['baseline', baseline()],
  ['trained', trained()],
];

describe.each(subjects)('a wrong field of a %s ticket', (_, subject) => {
  const { bytes, proved, unchecked } = subject;

  it('is refused, whichever it is and whatever it says, or nothing relies on it', () => {
    expect(proved(bytes)).toBe(true);
    const passed = new Set<string>();
    const unexpected: string[] = [];
    for (const { path, value, isText } of fields(bytes)) {
      const name = path.join('.');
      const edits = wrongValues(value)
        .filter((wrong) => JSON.stringify(wrong) !== JSON.stringify(value))
        .filter((wrong) => !isText || typeof wrong === 'string')
        .map((wrong) => `${name} = ${JSON.stringify(wrong)}`);
      for (const edit of [...edits, `remove ${name}`]) {
        if (!passes(subject, edit)) continue;
        const allowed = unchecked.find((pattern) => matches(pattern, path));
        if (allowed === undefined) unexpected.push(edit);
        else passed.add(allowed);
      }
    }
    expect(unexpected).toEqual([]);
    // A field that is listed and never passes should not be listed.
    expect(unchecked.filter((pattern) => !passed.has(pattern) && pattern !== 'model')).toEqual([]);
  });

  it('is refused for a byte of any tensor, or the pruned source computes the same', () => {
    const passed: string[] = [];
    const outputs = subject.outputs(bytes);
    for (const { name, data } of decodeSafetensors(bytes).tensors.values()) {
      const step = Math.max(1, Math.floor(data.length / 24));
      for (let at = 0; at < data.length; at += step) {
        const edit = `${name} byte ${at} = ${(data[at] as number) ^ 4}`;
        if (!passes(subject, edit)) continue;
        if (subject.outputs(changed(bytes, edit)) !== outputs) passed.push(edit);
      }
    }
    expect(passed).toEqual([]);
  });
});

it('the page names every field on which nothing relies', () => {
  const page = readFileSync(
    fileURLToPath(new URL('../../docs/ticket.md', import.meta.url)),
    'utf8',
  );
  const table = page.slice(page.indexOf('## What holds what'));
  for (const [, { unchecked }] of subjects) {
    for (const pattern of unchecked) {
      const name = pattern.split('.').filter((part) => part !== '*' && !/^\d+$/.test(part));
      const words = [name.at(-1), name.at(-2), name.slice(-2).join('.')];
      expect(words.some((word) => word !== undefined && table.includes(`\`${word}`))).toBe(true);
    }
  }
});
