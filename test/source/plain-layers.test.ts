/**
 * What knows only layers that read the one before says so of others, by the layer's name: each row is
 * one entrance. And a plain shape is the same one however it is written, to the byte.
 */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { exportTicket } from '../../src/export/export-ticket.js';
import { figureOfPrunedSource } from '../../src/figures/pruned-source.js';
import { targetAndSourceFigure } from '../../src/figures/target-and-source.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { compileBaseline } from '../../src/inference/weighted.js';
import { effectiveMatrices } from '../../src/proof/effective-matrices.js';
import { propagate } from '../../src/proof/propagate.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { verifyBaselineTicket } from '../../src/proof/verify-baseline.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { blockEndsOf, layeredShape, type SourceShape, widthsOf } from '../../src/source/shape.js';
import { createSource, type Source } from '../../src/source/source.js';
import { encodeBaselineTicket } from '../../src/ticket/baseline.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { findInteger, integersOf } from '../pruned-sources.js';
import { joined, readConstructed } from '../ticket/sample.js';

const found = findInteger(integersOf([[[1, -2]], [[3]]]), ['signed', 'signed']);
const { ticket, masks, inputSigns, assignments, target } = found;
const baseline = foundBaseline('malach', smallNetwork(1)).ticket;
const FULL = { format: 'safetensors', form: 'full', compute: 'float' } as const;

const mask = (t: number) => ticket.mask(t);

/** The shape with one more thing in layer 2. */
function changed({ inputs, layers }: SourceShape, change: object): SourceShape {
  return {
    inputs,
    layers: layers.map((layer, index) => (index === 1 ? { ...layer, ...change } : layer)),
  };
}

/** A source that was not made by `createSource`. */
const sourceOf = (shape: SourceShape): Source => ({
  ...createSource(1n, found.source.shape),
  shape,
});

const ENTRANCES: Readonly<Record<string, (of: (shape: SourceShape) => SourceShape) => unknown>> = {
  'the writer of baseline tickets': (of) =>
    encodeBaselineTicket({ ...baseline, shape: of(baseline.shape) }, (t) => baseline.mask(t)),
  'the checker of weights': (of) =>
    complete(
      effectiveMatrices({
        ...{ seed: 1n, shape: of(baseline.shape), distributions: baseline.distributions },
        ...{ inputSigns: baseline.effective.inputSigns, constant: baseline.effective.constant },
        mask: (t) => baseline.mask(t),
      }),
    ),
  'the checker of baseline tickets': (of) =>
    verifyBaselineTicket({ ...baseline, shape: of(baseline.shape) }),
  'the engines of baselines': (of) => compileBaseline({ ...baseline, shape: of(baseline.shape) }),
  'the drawing of target and source': (of) =>
    targetAndSourceFigure(
      { source: sourceOf(of(ticket.shape)), masks, target, inputSigns, candidates: 1 },
      { title: 'none', caption: '' },
    ),
};

/** What takes layers that read several. */
const CONNECTED: typeof ENTRANCES = {
  'the engines': (of) => compileTicket({ ...ticket, shape: of(ticket.shape) }),
  'any engine': (of) => openEngine({ ...ticket, shape: of(ticket.shape) }, { engine: 'exact' }),
  'the export of the whole source': (of) =>
    exportTicket({ ...ticket, shape: of(ticket.shape) }, FULL),
  'the drawing of what is left': (of) =>
    figureOfPrunedSource(sourceOf(of(ticket.shape)), masks, { title: 'none' }),
  'the reading of roles': (of) => rolesOf({ ...ticket, shape: of(ticket.shape) }),
  'the checker': (of) => {
    const source = sourceOf(of(ticket.shape));
    return propagate({ source, mask, target, inputSigns, assignments });
  },
  'the checker of tickets': (of) => verifyTicket({ ...ticket, shape: of(ticket.shape) }),
  'the ticket writer': (of) => encodeTicket({ ...ticket, shape: of(ticket.shape) }),
};

const BEYOND: readonly (readonly [string, object, RegExp])[] = [
  ['several reads', { reads: [0, 1] }, /layer 2 reads layers 0, 1/],
  ['a kernel', { kernel: { height: 1, width: 3 } }, /layer 2 has a kernel of 1 by 3/],
  ['a stride', { stride: { height: 2, width: 2 } }, /layer 2 has a stride of 2 by 2/],
  ['padding', { pads: { top: 0, left: 1, bottom: 0, right: 1 } }, /layer 2 has padding/],
  ['a read that is none', { reads: [7] }, /layer 2: reads/],
];

describe.each(Object.entries(ENTRANCES))('%s', (_, enter) => {
  it.each(BEYOND)('refuses %s, naming the layer', (__, change, message) => {
    const call = (): unknown => enter((shape) => changed(shape, change));
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});

describe.each(Object.entries(CONNECTED))('%s', (_, enter) => {
  it.each(BEYOND.slice(1))('refuses %s, naming the layer', (__, change, message) => {
    const call = (): unknown => enter((shape) => changed(shape, change));
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});

describe('a plain shape', () => {
  const long = ({ inputs, layers }: SourceShape): SourceShape => ({
    inputs,
    layers: layers.map((layer, index) => ({
      ...layer,
      reads: [index],
      kernel: { height: 1, width: 1 },
      stride: { height: 1, width: 1 },
      pads: { top: 0, left: 0, bottom: 0, right: 0 },
    })),
  });

  it('makes the same ticket in its long form, and is read in its short one', () => {
    const bytes = joined(encodeTicket(ticket));
    expect(joined(encodeTicket({ ...ticket, shape: long(ticket.shape) }))).toEqual(bytes);
    const { shape } = readConstructed(bytes);
    expect(shape).toEqual(layeredShape(widthsOf(ticket.shape), blockEndsOf(ticket.shape)));
    expect(shape.layers).toHaveLength(widthsOf(ticket.shape).length - 1);
    expect(shape.layers.map(({ endsBlock }) => endsBlock === true).indexOf(true)).toBe(
      blockEndsOf(ticket.shape)[0] - 1,
    );
    const own = encodeBaselineTicket(baseline, (t) => baseline.mask(t));
    const written = { ...baseline, shape: long(baseline.shape) };
    expect(encodeBaselineTicket(written, (t) => baseline.mask(t))).toEqual(own);
  });

  it('is proved and run in its long form too', () => {
    const written = { ...ticket, shape: long(ticket.shape) };
    expect(verifyTicket(written).proved).toBe(true);
    expect(compileTicket(written)).toEqual(compileTicket(ticket));
  });
});
