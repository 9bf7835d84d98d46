/** What reading a model left out or rounded: in the ticket, kept by its bytes, compared with the model. */
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { constructionNamed } from '../../src/constructions/index.js';
import { concatenate } from '../../src/core/concatenate.js';
import { findTicket } from '../../src/pipeline/find.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { matrixOf, type Network, type Reading } from '../../src/target/network.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import {
  modelInWords,
  readingInWords,
  readingOf,
  roundingInWords,
} from '../../src/target/reading.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { buildModel, type ChainStep, chain, floats } from '../target/onnx-writer.js';

function networkOf(...last: ChainStep[]): Network {
  const bytes = buildModel({
    inputDims: ['N', 2],
    nodes: chain([['MatMul', ['_', 'w']], ...last]),
    initializers: [
      floats('w', [2, 2], [1, -2, 0.5, 3]),
      floats('three', [1], [3]),
      floats('one', [2], [1, 1]),
    ],
  });
  return readOnnx(bytes).network;
}

const plain = networkOf();
const soft = networkOf(['Softmax', ['_']]);
const divided = networkOf(['Div', ['_', 'three']]);
const normalised = networkOf(['BatchNormalization', ['_', 'one', 'one', 'one', 'one']]);

function found(network: Network) {
  const construction = constructionNamed('horner') as Construction;
  const outcome = findTicket(network, { construction });
  if (!outcome.found) throw new Error('not found');
  const ticket = ticketOfKind(readTicket(concatenate(outcome.bytes)), 'constructed', 'the test');
  return { outcome, ticket };
}

describe('what reading left out or rounded', () => {
  it('is recorded, and proved only of a model that is read the same', () => {
    for (const network of [plain, soft, divided]) {
      const { outcome, ticket } = found(network);
      expect(outcome.verdict.proved).toBe(true);
      expect(ticket.reading).toEqual(network.reading);
      for (const other of [plain, soft, divided]) {
        const verdict = verifyTicket(ticket, { model: { network: other } });
        expect(verdict.proved).toBe(other === network);
      }
    }
  });

  it('is refused where the ticket claims more than the model yields', () => {
    const { ticket } = found(divided);
    const claim = (reading: Reading | undefined) => {
      const { reading: _, ...rest } = ticket;
      const other = reading === undefined ? rest : { ...rest, reading };
      return verifyTicket(other, { model: { network: divided } }).failure?.reason;
    };
    expect(claim(ticket.reading)).toBeUndefined();
    expect(claim({ leftOut: [], rounded: ['Div'] })).toBeUndefined();
    expect(claim({ leftOut: [], rounded: ['Div'], relativeChange: 1 })).toBeUndefined();
    expect(claim({ leftOut: [], rounded: ['Div'], relativeChange: 1e-20 })).toMatch(
      /by up to .*e-16/,
    );
    expect(claim(undefined)).toMatch(/rounds what it folds of Div, and the ticket records nothing/);
    expect(claim({ leftOut: ['Softmax'], rounded: ['Div'] })).toMatch(/leaves out nothing/);
  });

  it('bounds the change by rounding, and says where it cannot', () => {
    // A third is rounded once, and so are its products.
    expect(divided.reading?.relativeChange).toBeGreaterThanOrEqual(2 ** -54);
    expect(divided.reading?.relativeChange).toBeLessThan(2 ** -51);
    const third = matrixOf(divided.layers[0]).values[0] * 3;
    expect(Math.abs(third - 1)).toBeLessThan(2 ** -51);
    expect(normalised.reading?.rounded).toEqual(['BatchNormalization']);
    // The bias (0 - 1) / sqrt(1 + epsilon) + 1 nearly cancels: its change is 10^5 times larger.
    expect(normalised.reading?.relativeChange).toBeGreaterThan(1e-12);
    expect(normalised.reading?.relativeChange).toBeLessThan(1e-9);
    const cancelling = networkOf(
      ['Div', ['_', 'three']],
      ['Add', ['_', 'one']],
      ['Div', ['_', 'three']],
      ['Mul', ['_', 'three']],
      ['Sub', ['_', 'one']],
    );
    expect(cancelling.reading?.rounded).toEqual(['Div']);
    expect(cancelling.reading?.relativeChange).toBeUndefined();
  });

  it('is said in words, and "exactly" only where there is nothing', () => {
    expect(readingInWords(undefined)).toBeNull();
    expect(readingOf([], [], 0)).toBeUndefined();
    const reading = readingOf(['Softmax'], ['Div', 'BatchNormalization'], 1.2e-16);
    expect(modelInWords(reading)).toBe('the model without its Softmax');
    expect(roundingInWords(reading)).toMatch(
      /Div and BatchNormalization rounded .* 1\.2e-16 of each/,
    );
    expect(readingInWords(reading)).toMatch(/^Softmax left out; folding Div/);
    expect(readingInWords(readingOf([], ['Div'], Number.POSITIVE_INFINITY))).toMatch(/not known/);
  });
});
