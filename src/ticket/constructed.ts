/**
 * The kind `constructed`: a target network found by a construction, with the integers that the masked
 * source must equal. Readers and writers go through it, so nothing is written that would not be read.
 * What the numbers mean (constant rows, the masks' function) is the proof's to check, not this one's.
 */

import { UsageError } from '../core/errors.js';
import { boolean, custom, int, number, object, oneOf, optional, text } from '../core/forms.js';
import type { Schema } from '../core/schema.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import type { IntegerMatrix, IntegerNetwork } from '../integer/integer-network.js';
import { mapsProblem } from '../integer/maps-problem.js';
import { MAXIMUM_PLACES } from '../integer/places.js';
import type { PrecisionRecord } from '../precision/precision.js';
import { checkShape, requireConnectedLayers } from '../source/check-shape.js';
import {
  blockEndsOf,
  layeredShape,
  readsBeyondLayered,
  type SourceShape,
  withReads,
} from '../source/shape.js';
import type { FeatureShape } from '../target/linear-map.js';
import type { InputSign } from '../target/network.js';
import type { JsonValue } from './json.js';
import type { TicketKind } from './kind.js';
import {
  checkPlanes,
  coordinatesOf,
  isMapsRecord,
  type MapsRecord,
  mapsFrom,
  mapsJson,
  withGroups,
  withKernels,
} from './maps-record.js';
import { requireTrue, type StoredEnvelope, type TicketEnvelope } from './metadata.js';
import { checkPrecision, precisionJson, precisionSchema } from './precision-record.js';
import { fromRanges, fromRuns, toRanges, toRuns } from './runs.js';
import {
  integers,
  isRanges,
  layerReads,
  listOf,
  MAXIMUM_LAYERS,
  MAXIMUM_READS,
  signRuns,
} from './schemas.js';
import {
  checkMatrices,
  decodeMatrices,
  envelopeFields,
  type TargetTicket,
  targetEnvelope,
} from './target-ticket.js';

export interface ConstructedTicket extends TargetTicket {
  readonly kind: 'constructed';
  readonly construction: string;
  /** Per input coordinate, of feature maps per channel, what the domain says of its sign; the proof relies on it. */
  readonly inputSigns: readonly InputSign[];
  /** See `Finding.assignments`. */
  readonly assignments: readonly Uint32Array[];
  /** The integer target, with scale and last activation. */
  readonly target: IntegerNetwork;
  /** Set where samples, and the domain, come position by position (NHWC). */
  readonly channelsLast?: FeatureShape;
}

/** What is known of a ticket before its construction has run. */
export type TicketHead = Omit<ConstructedTicket, 'kept' | 'mask' | 'assignments'>;

const count = int(0);
const BASES: readonly unknown[] = [2, 10];

interface ConstructedBody {
  readonly construction: string;
  readonly delta: number;
  readonly blockEnds: readonly number[];
  readonly reads?: readonly (readonly number[])[] | undefined;
  readonly maps?: MapsRecord | undefined;
  readonly inputSigns: readonly (readonly [sign: InputSign, times: number])[];
  readonly assignments: readonly (readonly (number | readonly [first: number, last: number])[])[];
  readonly precision: PrecisionRecord;
  readonly target: Pick<IntegerNetwork, 'constant' | 'fractionalPlaces' | 'scale' | 'activation'>;
}

export const constructedSchema: Schema<ConstructedBody> = object({
  construction: text(/^[a-z0-9-]{1,40}$/),
  delta: number({ above: 0, most: 1 }),
  blockEnds: integers('layers', 1, MAXIMUM_LAYERS),
  reads: optional(layerReads),
  maps: optional(
    custom<MapsRecord>(isMapsRecord, 'not an input of three counts, and blocks with windows'),
  ),
  inputSigns: signRuns,
  assignments: listOf('lists of neurons', MAXIMUM_LAYERS, isRanges),
  precision: precisionSchema,
  target: object({
    constant: boolean,
    fractionalPlaces: integers('digit counts', 0, MAXIMUM_PLACES),
    scale: object({ base: custom<2 | 10>((base) => BASES.includes(base)), exponent: count }),
    activation: oneOf('relu', 'identity'),
  }),
});

/** The envelope and the body of a ticket, fields in the order in which they are written. */
export function constructedMetadata(
  ticket: TicketHead & Pick<ConstructedTicket, 'assignments' | 'kept'>,
): { envelope: TicketEnvelope; body: JsonValue } {
  const { shape, target } = ticket;
  if (target.maps === undefined) requireConnectedLayers(shape, 'a ticket');
  const reads = readsBeyondLayered(shape);
  return {
    envelope: targetEnvelope(ticket, 'sign'),
    body: {
      construction: ticket.construction,
      delta: ticket.delta,
      blockEnds: blockEndsOf(shape),
      ...(reads && { reads }),
      ...(target.maps && { maps: mapsJson(target.maps, ticket.channelsLast !== undefined, shape) }),
      inputSigns: toRuns(ticket.inputSigns),
      assignments: ticket.assignments.map(toRanges),
      precision: precisionJson(ticket.precision),
      target: {
        constant: target.constant,
        fractionalPlaces: target.fractionalPlaces,
        scale: { base: target.scale.base, exponent: target.scale.exponent },
        activation: target.activation,
      },
    },
  };
}

const PLACE = 'metadata "constructed"';

/** The shape, with what its layers read, and how, where the ticket says so. */
function shapeFrom(
  { widths }: StoredEnvelope,
  { blockEnds, reads, maps: record }: ConstructedBody,
  maps: IntegerMaps | undefined,
): SourceShape {
  const plain = layeredShape(widths, blockEnds);
  const withMaps = (shape: SourceShape): SourceShape =>
    maps === undefined || record === undefined
      ? shape
      : withGroups(withKernels(shape, maps, record, PLACE), record, PLACE);
  const checked = (shape: SourceShape): SourceShape => {
    const own = checkedShape(withMaps(shape));
    if (maps !== undefined && record?.kernels !== undefined) checkPlanes(own, maps, PLACE);
    return own;
  };
  if (reads === undefined) return checked(plain);
  const depth = widths.length - 1;
  requireTrue(reads.length === depth, PLACE, `reads of ${reads.length} layers of ${depth}`);
  const total = reads.reduce((sum, { length }) => sum + length, 0);
  const tooMany = `${total} reads, more than ${MAXIMUM_READS}`;
  requireTrue(total <= MAXIMUM_READS, PLACE, tooMany);
  return checked(withReads(plain, reads));
}

function checkedShape(shape: SourceShape): SourceShape {
  try {
    checkShape(shape);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    requireTrue(false, PLACE, error.message);
  }
  return shape;
}

/** Widths, blocks and matrices must describe one chain of layers. */
function checkBlocks(
  { widths }: StoredEnvelope,
  { blockEnds, target }: ConstructedBody,
  matrices: readonly IntegerMatrix[],
  maps: IntegerMaps | undefined,
): void {
  const depth = widths.length - 1;
  blockEnds.forEach((end, index) => {
    const before = index === 0 ? 0 : (blockEnds[index - 1] as number);
    requireTrue(end > before && end <= depth, PLACE, `block ${index + 1} ends at layer ${end}`);
  });
  requireTrue(blockEnds.at(-1) === depth, PLACE, `the last block does not end at layer ${depth}`);
  const { fractionalPlaces, scale } = target;
  const blocks = blockEnds.length;
  requireTrue(fractionalPlaces.length === blocks, PLACE, `fractional places for ${blocks} blocks`);
  const places = fractionalPlaces.reduce((sum, each) => sum + each, 0);
  requireTrue(scale.exponent === places, PLACE, `scale exponent ${scale.exponent}, not ${places}`);
  checkMatrices(matrices, {
    columns: widths[0] as number,
    constant: target.constant,
    boundaries: blockEnds.map((end) => widths[end] as number),
    spareNeurons: true,
    ...(maps && { chained: false }),
  });
  if (maps !== undefined) {
    const wrong = mapsProblem(maps, matrices, target.constant);
    if (wrong !== null)
      requireTrue(false, `${PLACE}, maps of block ${wrong.block + 1}`, wrong.problem);
    const channels = (widths[0] as number) - (target.constant ? 1 : 0);
    requireTrue(maps.input.channels === channels, PLACE, `${channels} channels of inputs`);
  }
  const inputs = (widths[0] as number) - (target.constant ? 1 : 0);
  requireTrue(inputs >= 1, 'tensor "target.1"', 'no column besides the constant');
}

/** `matrices` are one per block, of any size. Throws an `InputError` that names key or tensor. */
export function constructedFields(
  envelope: StoredEnvelope,
  body: ConstructedBody,
  matrices: readonly IntegerMatrix[],
): Omit<ConstructedTicket, 'mask'> {
  const maps =
    body.maps &&
    mapsFrom(
      body.maps,
      matrices.map((matrix) => matrix.columns),
      PLACE,
    );
  checkBlocks(envelope, body, matrices, maps);
  const { widths } = envelope;
  const { construction, delta, blockEnds, precision, target } = body;
  const inputs = (widths[0] as number) - (target.constant ? 1 : 0);
  const inner = matrices.slice(0, -1);
  const listed = body.assignments.length;
  requireTrue(
    listed === inner.length,
    PLACE,
    `assignments for ${listed} blocks of ${inner.length}`,
  );
  const assignments = inner.map((matrix, index) =>
    fromRanges(
      body.assignments[index] as (typeof body.assignments)[number],
      matrix.rows,
      widths[blockEnds[index] as number] as number,
      `${PLACE}, assignment of block ${index + 1}`,
    ),
  );
  const coordinates = coordinatesOf(maps, widths.at(-1) as number);
  const fields = envelopeFields(envelope, coordinates?.inputs ?? inputs);
  checkPrecision(
    precision,
    {
      base: target.scale.base,
      fractionalPlaces: target.fractionalPlaces,
      outputs: coordinates?.outputs ?? (widths.at(-1) as number),
      domain: fields.domain,
      ofMaps: maps !== undefined,
    },
    PLACE,
  );
  return {
    kind: 'constructed',
    ...fields,
    shape: shapeFrom(envelope, body, maps),
    construction,
    delta,
    precision,
    inputSigns: fromRuns(body.inputSigns, inputs, `${PLACE}, input signs`),
    assignments,
    target: {
      matrices,
      constant: target.constant,
      fractionalPlaces: target.fractionalPlaces,
      scale: target.scale,
      activation: target.activation,
      ...(maps && { maps }),
    },
    ...(maps && body.maps?.channelsLast && { channelsLast: maps.input }),
  };
}

export const constructedKind: TicketKind<ConstructedTicket> = {
  weights: ['sign'],
  activations: ['relu'],
  read({ envelope, body, tensor }) {
    const parsed = body(constructedSchema);
    const matrices = decodeMatrices(tensor, parsed.blockEnds.length);
    return constructedFields(envelope, parsed, matrices);
  },
  shape: ({ shape }) => shape,
};
