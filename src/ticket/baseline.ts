/**
 * The kind `baseline`: a target network found by another system of Table 1, in a source with a weight
 * distribution of its own and two layers for each of the target's. It records the weights that the
 * masked source must have, exactly, and the error that was certified for them.
 */
import { boolean, type Formed, int, kinds, number, object, oneOf, text } from '../core/forms.js';
import type { EffectiveWeights } from '../integer/effective-network.js';
import { halvesOf } from '../integer/halves.js';
import type { CertifiedPrecision } from '../precision/precision.js';
import { requirePlainLayers } from '../source/check-shape.js';
import {
  isDistribution,
  MAXIMUM_EXPONENT,
  type WeightDistribution,
  weightPlaces,
} from '../source/distributions.js';
import type { LayerMask } from '../source/mask.js';
import { depthOf, layeredShape } from '../source/shape.js';
import type { JsonValue } from './json.js';
import type { TicketKind } from './kind.js';
import { requireTrue, type StoredEnvelope, type TicketEnvelope } from './metadata.js';
import { checkBounds, precisionJson, precisionSchema } from './precision-record.js';
import { fromRuns, toRuns } from './runs.js';
import { integers, listOf, signRuns } from './schemas.js';
import {
  checkMatrices,
  decodeMatrices,
  encodeMatrices,
  envelopeFields,
  type TargetTicket,
  targetEnvelope,
} from './target-ticket.js';
import { createMaskWriter, encodeTicketFile, parseWritten } from './ticket-file.js';

export interface BaselineTicket extends TargetTicket {
  readonly kind: 'baseline';
  /** Name of the system that found it. */
  readonly system: string;
  /** How the weights of layer t are drawn, `distributions[t-1]`. */
  readonly distributions: readonly WeightDistribution[];
  readonly precision: CertifiedPrecision;
  /** What the masked source computes, to be computed again from seed and masks. */
  readonly effective: EffectiveWeights;
}

/** What is known of a ticket before its masks are counted. */
export type BaselineHead = Omit<BaselineTicket, 'kept' | 'mask'>;

/** Blocks of a source; deeper networks would need sums of very many digits. */
const MAXIMUM_BLOCKS = 256;

const exponent = int(-MAXIMUM_EXPONENT, MAXIMUM_EXPONENT);
const bits = int(1, 24);

const distributionSchema = kinds('kind', {
  uniform: object({ kind: oneOf('uniform'), bits }),
  hyperbolic: object({ kind: oneOf('hyperbolic'), least: exponent, most: exponent, bits }),
  'scaled-sign': object({ kind: oneOf('scaled-sign'), exponent }),
});

function isDistributionRecord(value: unknown): value is WeightDistribution {
  const parsed = distributionSchema.safeParse(value);
  return parsed.success && isDistribution(parsed.data);
}

const baselineSchema = object({
  system: text(/^[a-z0-9-]{1,40}$/),
  delta: number({ above: 0, most: 1 }),
  distributions: listOf('distributions', 2 * MAXIMUM_BLOCKS, isDistributionRecord),
  scaleExponents: integers('exponents', -MAXIMUM_EXPONENT, MAXIMUM_EXPONENT, MAXIMUM_BLOCKS),
  constant: boolean,
  inputSigns: signRuns,
  activation: oneOf('relu', 'identity'),
  precision: precisionSchema,
});

type BaselineBody = Formed<typeof baselineSchema>;

const PLACE = 'metadata "baseline"';

function distributionJson(distribution: WeightDistribution): JsonValue {
  switch (distribution.kind) {
    case 'uniform':
      return { kind: 'uniform', bits: distribution.bits };
    case 'hyperbolic': {
      const { least, most, bits: places } = distribution;
      return { kind: 'hyperbolic', least, most, bits: places };
    }
    case 'scaled-sign':
      return { kind: 'scaled-sign', exponent: distribution.exponent };
  }
}

function metadataOf(
  ticket: BaselineHead,
  kept: readonly number[],
): { envelope: TicketEnvelope; body: JsonValue } {
  const { effective, distributions } = ticket;
  return {
    envelope: targetEnvelope({ ...ticket, kept }, distributions[0]?.kind ?? ''),
    body: {
      system: ticket.system,
      delta: ticket.delta,
      distributions: distributions.map(distributionJson),
      scaleExponents: effective.scaleExponents,
      constant: effective.constant,
      inputSigns: toRuns(effective.inputSigns),
      activation: effective.activation,
      precision: precisionJson(ticket.precision),
    },
  };
}

/** Widths, blocks and matrices must describe one chain of layers. */
function checkBlocks(
  { widths, weights }: StoredEnvelope,
  { distributions, scaleExponents, constant }: BaselineBody,
  columns: number,
  matrices: EffectiveWeights['matrices'],
): void {
  const depth = widths.length - 1;
  const blocks = scaleExponents.length;
  requireTrue(blocks >= 1 && depth === 2 * blocks, PLACE, `${depth} layers for ${blocks} blocks`);
  const listed = distributions.length;
  requireTrue(listed === depth, PLACE, `${listed} distributions for ${depth} layers`);
  const other = distributions.findIndex(({ kind }) => kind !== weights);
  requireTrue(other < 0, PLACE, `layer ${other + 1} has weights of another kind than ${weights}`);
  checkMatrices(matrices, {
    columns,
    constant,
    boundaries: scaleExponents.map((_, index) => widths[2 * index + 2] as number),
    spareNeurons: false,
  });
}

function fieldsOf(
  envelope: StoredEnvelope,
  body: BaselineBody,
  matrices: EffectiveWeights['matrices'],
): Omit<BaselineTicket, 'mask'> {
  const { widths } = envelope;
  const { distributions, scaleExponents, constant, activation, precision } = body;
  const inputs = (widths[0] as number) - (constant ? 1 : 0);
  requireTrue(inputs >= 1, PLACE, 'no input besides the constant');
  const inputSigns = fromRuns(body.inputSigns, inputs, `${PLACE}, input signs`);
  checkBlocks(envelope, body, halvesOf(inputSigns).length + (constant ? 1 : 0), matrices);
  requireTrue(precision.mode === 'certified', PLACE, `precision ${precision.mode}, not certified`);
  for (const key of ['scales', 'boxes', 'around']) {
    requireTrue(!(key in precision), PLACE, `precision.${key} is of constructed tickets alone`);
  }
  checkBounds(precision as CertifiedPrecision, widths.at(-1) as number, PLACE);
  return {
    kind: 'baseline',
    ...envelopeFields(envelope, inputs),
    system: body.system,
    shape: layeredShape(
      widths,
      scaleExponents.map((_, index) => 2 * index + 2),
    ),
    distributions,
    delta: body.delta,
    precision: precision as CertifiedPrecision,
    effective: {
      matrices,
      places: scaleExponents.map(
        (_, index) =>
          weightPlaces(distributions[2 * index] as WeightDistribution) +
          weightPlaces(distributions[2 * index + 1] as WeightDistribution),
      ),
      scaleExponents,
      constant,
      activation,
      inputSigns,
    },
  };
}

export const baselineKind: TicketKind<BaselineTicket> = {
  weights: ['uniform', 'hyperbolic', 'scaled-sign'],
  activations: ['relu'],
  read({ envelope, body, tensor }) {
    const parsed = body(baselineSchema);
    const matrices = decodeMatrices(tensor, parsed.scaleExponents.length);
    return fieldsOf(envelope, parsed, matrices);
  },
  shape: ({ shape }) => shape,
};

/**
 * A baseline ticket as chunks to be written one after another; the same ticket always makes the same
 * bytes. Throws an `InputError` if the fields do not fit together, a RangeError for a mask that is not
 * its layer's.
 */
export function encodeBaselineTicket(
  head: BaselineHead,
  mask: (t: number) => LayerMask,
): Uint8Array[] {
  requirePlainLayers(head.shape, 'a baseline ticket');
  const writer = createMaskWriter(head.shape);
  for (let t = 1; t <= depthOf(head.shape); t++) writer.addMask(t, mask(t));
  const { kept, tensors } = writer.finish();
  const { envelope, body } = metadataOf(head, kept);
  const { texts, metadata } = parseWritten(envelope, body, baselineKind);
  const { matrices } = head.effective;
  fieldsOf(metadata.envelope, metadata.body(baselineSchema), matrices);
  return encodeTicketFile(texts, [...encodeMatrices(matrices), ...tensors]);
}
