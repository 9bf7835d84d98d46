/** `docs/test-vectors.md` is true: every value is read out of the page and computed again. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { portableLog } from '../../src/core/portable-math.js';
import { dataDigest } from '../../src/data/labelled.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { bigEntry } from '../../src/integer/integer-network.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { verifyBaselineTicket } from '../../src/proof/verify-baseline.js';
import { halfNormalQuantile, layerMagnitudes } from '../../src/source/normal.js';
import { layeredShape } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { threefry2x32, threefrySecondWord } from '../../src/source/threefry.js';
import { layerWeights } from '../../src/source/weights.js';
import { readNnet } from '../../src/target/nnet.js';
import { createGapEncoder, finishGaps, pushBigGap, pushGap } from '../../src/ticket/gap-coding.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { decodeMatrix, encodeMatrix } from '../../src/ticket/target-tensors.js';
import { joined } from '../ticket/sample.js';
import { changed } from '../ticket-changes.js';

const page = readFileSync(
  fileURLToPath(new URL('../../docs/test-vectors.md', import.meta.url)),
  'utf8',
);
const SEED = 0x0123456789abcdefn;
const source = createSource(SEED, layeredShape([1, 1]));

/** The part of the page under a heading. */
function section(heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`no heading ${heading}`);
  const level = heading.split(' ')[0] as string;
  const rest = page.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level.length}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** Rows of the table whose header begins with `first`, cells without backticks. */
function rows(text: string, first: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  if (start < 0) throw new Error(`no table ${first}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end < 0 ? lines.length : end).map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '')),
  );
}

/** The fenced blocks of a section. */
function blocks(text: string): string[] {
  return [...text.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, content = '']) => content);
}

const unhex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return hex(bytes);
}

/** The exit code of `verify`. */
function exitCode(verify: () => { readonly proved: boolean }): number {
  try {
    return verify().proved ? 0 : 1;
  } catch (error) {
    if (error instanceof InputError) return 2;
    throw error;
  }
}

describe('the generator', () => {
  it.each(rows(section('## Generator'), 'key'))(
    'block of key %s, counter %s',
    (key, counter, block) => {
      const words = `${key} ${counter}`.split(' ').map((word) => Number.parseInt(word, 16) | 0);
      const [k0 = 0, k1 = 0, c0 = 0, c1 = 0] = words;
      const result = [threefry2x32(k0, k1, c0, c1), threefrySecondWord()];
      expect(result.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ')).toBe(
        block,
      );
    },
  );

  it.each(rows(section('## Generator'), 't'))('signs t %s, c %s, v %s', (t, c, v, signs) => {
    const layer = source.layer(Number(t));
    const drawn = Array.from(signs as string, (_, index) =>
      layer.sign(Number(c), Number(v) + index) > 0 ? '+' : '-',
    );
    expect(drawn.join('')).toBe(signs);
  });
});

describe('weights', () => {
  it.each(rows(section('## Weights'), 'distribution'))('%s at %s, %s, %s', (name, ...cells) => {
    const [t = 0, c = 0, v = 0, value] = cells.map(Number);
    const weight =
      name === 'normal'
        ? source.layer(t).sign(c, v) * layerMagnitudes(SEED, t)(c, v)
        : layerWeights(SEED, t, JSON.parse(name as string)).weight(c, v);
    expect(weight).toBe(value);
    expect(bitsOf(weight)).toBe(cells[4]);
  });

  it.each(rows(section('## Weights'), 'function'))('%s of %s', (name, argument, value, bits) => {
    const result = (name === 'log' ? portableLog : halfNormalQuantile)(Number(argument));
    expect(result).toBe(Number(value));
    expect(bitsOf(result)).toBe(bits);
  });
});

function gapCode(gaps: readonly (number | bigint)[]): Uint8Array {
  const encoder = createGapEncoder();
  for (const gap of gaps) {
    if (gap >= 2 ** 53) pushBigGap(encoder, BigInt(gap));
    else pushGap(encoder, Number(gap));
  }
  return finishGaps(encoder);
}

describe('gap codes', () => {
  it.each(rows(section('## Gap codes'), 'gaps'))('%s', (gaps, bytes) => {
    const numbers = (gaps as string).match(/\d+/g) ?? [];
    expect(hex(gapCode(numbers.map(BigInt)))).toBe(bytes);
  });

  it('of 260 gaps in two chunks', () => {
    const bytes = gapCode(Array.from({ length: 260 }, (_, index) => 1 + ((index * index) % 7)));
    const text = section('## Gap codes');
    expect(text).toContain(`in ${bytes.length} bytes`);
    expect(text).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(text).toContain(`\`${hex(bytes).slice(0, 40)}\``);
  });
});

describe('integers', () => {
  it.each(rows(section('## Integers'), 'integers'))('%s', (integers, dtype, shape, bytes) => {
    const values = (integers as string).split(', ').map(BigInt);
    const tensor = encodeMatrix('target.1', { rows: 1, columns: 2, values });
    expect([tensor.dtype, tensor.shape.join(', ')]).toEqual([dtype, shape]);
    const data = joined(tensor.data);
    expect(hex(data)).toBe(bytes);
    const back = decodeMatrix({ ...tensor, data });
    expect([bigEntry(back, 0), bigEntry(back, 1)]).toEqual(values);
  });
});

describe('the constructed ticket', () => {
  const text = section('### Constructed');
  const [bytes, file = ''] = blocks(text);
  const model = {
    network: readNnet(file).network,
    sha256: createHash('sha256').update(file).digest('hex'),
  };

  it.each(rows(text, 'change'))('%s', (change, alone, withModel) => {
    const verify = (options: Parameters<typeof verifyTicket>[1]) => () => {
      const ticket = readTicket(changed(unhex(bytes as string), change as string));
      return verifyTicket(ticketOfKind(ticket, 'constructed', 'this test'), options);
    };
    expect(exitCode(verify({}))).toBe(Number(alone));
    expect(exitCode(verify({ model }))).toBe(Number(withModel));
  });
});

describe('the trained ticket', () => {
  const text = section('### Trained');
  const [bytes, samples = '', labels = ''] = blocks(text);
  const values = Float64Array.from(samples.trim().split(/[,\n]/), Number);
  const classes = Uint32Array.from(labels.trim().split('\n'), Number);
  const data = { count: classes.length, inputs: 3, classes: 2, values, labels: classes };

  it('records the digest of the data', () => {
    const ticket = ticketOfKind(readTicket(unhex(bytes as string)), 'trained', 'this test');
    expect(ticket.accuracy?.data).toBe(dataDigest(data));
  });

  it.each(rows(text, 'change'))('%s', (change, alone, withData) => {
    const verify = (options: Parameters<typeof verifyTrained>[1]) => () => {
      const ticket = readTicket(changed(unhex(bytes as string), change as string));
      return verifyTrained(ticketOfKind(ticket, 'trained', 'this test'), options);
    };
    expect(exitCode(verify({}))).toBe(Number(alone));
    expect(exitCode(verify({ data }))).toBe(Number(withData));
  });
});

describe('the baseline ticket', () => {
  const text = section('### Baseline');
  const [bytes] = blocks(text);

  it.each(rows(text, 'change'))('%s', (change, alone) => {
    const verify = () => {
      const ticket = readTicket(changed(unhex(bytes as string), change as string));
      return verifyBaselineTicket(ticketOfKind(ticket, 'baseline', 'this test'));
    };
    expect(exitCode(verify)).toBe(Number(alone));
  });
});
