/**
 * The kind `trained`: a mask that was learned over a seeded source. Seed, mask, one scale a layer and
 * the standardisation of inputs are the network; what it computes on probe inputs that the seed
 * defines is recorded so that a rebuilt network can be compared; the training record tells how the
 * mask was learned, and nothing relies on it.
 */
import { boolean, type Formed, int, number, object, oneOf, optional, text } from '../core/forms.js';
import { UNIT_DISTRIBUTIONS, type UnitDistribution } from '../source/distributions.js';
import type { LayerMask } from '../source/mask.js';
import { layeredShape, type SourceShape } from '../source/shape.js';
import type { JsonValue } from './json.js';
import type { TicketBase, TicketKind, TicketParts } from './kind.js';
import { requireTrue, type StoredEnvelope, type TicketEnvelope } from './metadata.js';
import { fromRuns, toRuns } from './runs.js';
import type { StoredTensor, TensorParts } from './safetensors.js';
import { listOf, MAXIMUM_ENTRIES, numberRuns } from './schemas.js';
import {
  createMaskWriter,
  encodeTicketFile,
  type MaskTotals,
  parseWritten,
} from './ticket-file.js';
import { type TrainedMaps, trainedMapShape, trainedMapsProblem } from './trained-maps.js';
import { storedMaps, trainedMapsJson, trainedMapsSchema } from './trained-maps-record.js';
import { type LayerNormalization, normalizationTensor } from './trained-normalization.js';
import {
  normalizationsJson,
  normalizationsSchema,
  readNormalizations,
} from './trained-normalization-record.js';
import { readSigns, STORED, signsTensors } from './trained-signs.js';

/**
 * A raw input becomes `(raw - mean) / deviation`, coordinate by coordinate; of feature maps there is one of
 * each a channel.
 */
export interface Standardization {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** `sign`: 1 for a sum of at least 0, else -1. */
export type TrainedActivation = 'relu' | 'sign';

/** How the mask was learned. */
export interface TrainingRecord {
  readonly method: string;
  readonly weights: string;
  readonly keep: readonly number[];
  readonly keepScope: string;
  readonly keepRamp: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly schedule: string;
  readonly validation: number;
  readonly patience: number;
  readonly backend: string;
  /** Epochs of which the mask is the result: fewer than `epochs` after early stopping. */
  readonly epochsUsed: number;
  /** See `dataDigest`. */
  readonly data: string;
  /** How samples were varied, where they were. */
  readonly augmentation?: AugmentationRecord;
}

/** Images were moved by up to so many positions in each direction, and flipped left to right half of the time. */
export interface AugmentationRecord {
  readonly shift: number;
  readonly flip: boolean;
}

/** A measured accuracy: so many of these samples get their own label. */
export interface AccuracyRecord {
  readonly correct: number;
  readonly samples: number;
  readonly data: string;
}

export interface TrainedTicket extends TicketBase {
  readonly kind: 'trained';
  /** `N_0 .. N_L`, all fully connected; of feature maps their channels. */
  readonly widths: readonly number[];
  /** Of networks of feature maps alone. */
  readonly maps?: TrainedMaps;
  readonly weights: UnitDistribution;
  /** Of hidden layers; the last layer has none. */
  readonly activation: TrainedActivation;
  /** What each layer's sums are multiplied by. */
  readonly scales: readonly number[];
  /** Of feature maps that are normalised: for each layer, null where it is not. */
  readonly normalizations?: readonly (LayerNormalization | null)[];
  /** Of an imported mask whose weights are of no seed: one bit a weight for each layer, see `stored-signs.ts`. */
  readonly signs?: readonly Uint8Array[];
  readonly standardization: Standardization;
  readonly training: TrainingRecord;
  readonly accuracy?: AccuracyRecord;
  /** Outputs on probe inputs 0, 1, ...: row-major, probes by `N_L`. */
  readonly probeOutputs: Float64Array;
}

const MAXIMUM_PROBES = 4096;
const word = text(/^[a-z0-9-]{1,40}$/);
const count = int(0);
const fraction = number({ least: 0, most: 1 });

function isPositive(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0;
}

const positives = listOf('numbers above 0', 100_000, isPositive);

const trainingSchema = object({
  method: word,
  weights: word,
  keep: positives,
  keepScope: word,
  keepRamp: number({ least: 0 }),
  epochs: count,
  batch: count,
  learningRate: number({ above: 0 }),
  momentum: fraction,
  weightDecay: fraction,
  schedule: word,
  validation: fraction,
  patience: count,
  backend: word,
  epochsUsed: count,
  data: text(/^[0-9a-f]{64}$/),
  augmentation: optional(object({ shift: int(0), flip: boolean })),
});

const accuracySchema = object({
  correct: count,
  samples: int(1),
  data: text(/^[0-9a-f]{64}$/),
});

const trainedSchema = object({
  scales: positives,
  maps: optional(trainedMapsSchema),
  normalizations: optional(normalizationsSchema),
  signs: optional(oneOf(STORED)),
  standardization: object({ mean: numberRuns, deviation: numberRuns }),
  probes: int(0, MAXIMUM_PROBES),
  training: trainingSchema,
  accuracy: optional(accuracySchema),
});

type TrainedBody = Formed<typeof trainedSchema>;

/** What is known of a trained ticket besides its masks. */
export type TrainedHead = Omit<TrainedTicket, 'kept' | 'mask' | 'model'>;

const PLACE = 'metadata "trained"';
const OUTPUTS = 'probe.outputs';

function trainedMetadata(
  ticket: TrainedHead,
  kept: readonly number[],
): { envelope: TicketEnvelope; body: JsonValue } {
  const { kind, seed, widths, weights, activation, standardization, training, accuracy } = ticket;
  const { maps, normalizations } = ticket;
  return {
    envelope: { kind, seed, weights, activation, widths, kept, domain: { kind: 'all' } },
    body: {
      scales: ticket.scales,
      ...(maps && { maps: trainedMapsJson(maps) }),
      ...(normalizations && { normalizations: normalizationsJson(normalizations) }),
      ...(ticket.signs && { signs: STORED }),
      standardization: {
        mean: toRuns(standardization.mean),
        deviation: toRuns(standardization.deviation),
      },
      probes: ticket.probeOutputs.length / (widths.at(-1) as number),
      training: {
        method: training.method,
        weights: training.weights,
        keep: training.keep,
        keepScope: training.keepScope,
        keepRamp: training.keepRamp,
        epochs: training.epochs,
        batch: training.batch,
        learningRate: training.learningRate,
        momentum: training.momentum,
        weightDecay: training.weightDecay,
        schedule: training.schedule,
        validation: training.validation,
        patience: training.patience,
        backend: training.backend,
        epochsUsed: training.epochsUsed,
        data: training.data,
        ...(training.augmentation && {
          augmentation: {
            shift: training.augmentation.shift,
            flip: training.augmentation.flip,
          },
        }),
      },
      ...(accuracy && {
        accuracy: { correct: accuracy.correct, samples: accuracy.samples, data: accuracy.data },
      }),
    },
  };
}

/** Reads an `F64` tensor of `rows` by `columns` finite numbers. */
function readOutputs(tensor: StoredTensor, rows: number, columns: number): Float64Array {
  const { name, dtype, shape, data } = tensor;
  const place = `tensor "${name}"`;
  const fits = dtype === 'F64' && shape.length === 2 && shape[0] === rows && shape[1] === columns;
  requireTrue(fits, place, `${dtype} [${shape.join(', ')}], not F64 [${rows}, ${columns}]`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = Float64Array.from({ length: rows * columns }, (_, index) =>
    view.getFloat64(8 * index, true),
  );
  requireTrue(values.every(Number.isFinite), place, 'holds a value that is not a finite number');
  return values;
}

function outputsTensor({ probeOutputs, widths }: TrainedHead): TensorParts {
  const columns = widths.at(-1) as number;
  const data = new Uint8Array(8 * probeOutputs.length);
  const view = new DataView(data.buffer);
  probeOutputs.forEach((value, index) => {
    view.setFloat64(8 * index, value, true);
  });
  const shape = [probeOutputs.length / columns, columns];
  return { name: OUTPUTS, dtype: 'F64', shape, data: [data] };
}

/** Throws an `InputError` that names key or tensor. */
function trainedFields(
  envelope: StoredEnvelope,
  body: TrainedBody,
  probeOutputs: Float64Array,
  tensor: TicketParts['tensor'],
): Omit<TrainedTicket, 'mask'> {
  const { seed, widths, kept, model, weights, activation, domain, normalization, reading } =
    envelope;
  const { scales, standardization, training, accuracy } = body;
  const maps = body.maps && storedMaps(body.maps);
  const layers = widths.length - 1;
  requireTrue(layers >= 1, 'metadata "widths"', 'no layer');
  requireTrue(scales.length === layers, PLACE, `${scales.length} scales for ${layers} layers`);
  const { length } = training.keep;
  requireTrue(length === layers, PLACE, `${length} kept fractions for ${layers} layers`);
  requireTrue(domain.kind === 'all', 'metadata "domain"', 'a trained ticket has no other than all');
  requireTrue(normalization === undefined, 'metadata "normalization"', 'has no meaning here');
  requireTrue(reading === undefined, 'metadata "reading"', 'has no meaning here');
  if (maps !== undefined) {
    const problem = trainedMapsProblem(widths, maps);
    requireTrue(problem === null, `${PLACE}, maps`, problem ?? '');
  }
  const normalizations = readNormalizations(body.normalizations, maps, widths, tensor);
  const isStored = body.signs !== undefined;
  requireTrue(!isStored || weights === 'sign', 'metadata "weights"', 'not sign');
  const shape = trainedShape({ widths, ...(maps && { maps }) });
  const signs = isStored ? readSigns(shape, tensor) : undefined;
  const inputs = widths[0] as number;
  requireTrue(
    inputs <= MAXIMUM_ENTRIES,
    'metadata "widths"',
    `more than ${MAXIMUM_ENTRIES} inputs`,
  );
  const mean = Float64Array.from(fromRuns(standardization.mean, inputs, `${PLACE}, mean`));
  const deviation = Float64Array.from(
    fromRuns(standardization.deviation, inputs, `${PLACE}, deviation`),
  );
  requireTrue(deviation.every(isPositive), PLACE, 'a deviation is not above 0');
  if (accuracy !== undefined) {
    const { correct, samples } = accuracy;
    requireTrue(correct <= samples, PLACE, `${correct} of ${samples} samples are right`);
  }
  return {
    kind: 'trained',
    seed,
    widths,
    ...(maps && { maps }),
    kept,
    ...(model && { model }),
    // The kind's words are the members of these types.
    weights: weights as UnitDistribution,
    activation: activation as TrainedActivation,
    scales,
    ...(normalizations && { normalizations }),
    ...(signs && { signs }),
    standardization: { mean, deviation },
    training: storedTraining(training),
    ...(accuracy && { accuracy }),
    probeOutputs,
  };
}

/** Without a key that says nothing. */
function storedTraining({ augmentation, ...record }: TrainedBody['training']): TrainingRecord {
  return augmentation === undefined ? record : { ...record, augmentation };
}

/** The tensors of a ticket beside its masks. */
function ownTensors(head: TrainedHead): TensorParts[] {
  const normalizations = (head.normalizations ?? []).flatMap((each, index) =>
    each === null ? [] : [normalizationTensor(index + 1, each)],
  );
  return [outputsTensor(head), ...normalizations, ...signsTensors(head.signs ?? [])];
}

/** The shape of a trained ticket's source. */
export function trainedShape({
  widths,
  maps,
}: Pick<TrainedTicket, 'widths' | 'maps'>): SourceShape {
  return maps === undefined ? layeredShape(widths) : trainedMapShape(widths, maps);
}

export const trainedKind: TicketKind<TrainedTicket> = {
  weights: UNIT_DISTRIBUTIONS,
  activations: ['relu', 'sign'],
  read({ envelope, body, tensor }) {
    const parsed = body(trainedSchema);
    const outputs = envelope.widths.at(-1) as number;
    const probeOutputs = readOutputs(tensor(OUTPUTS), parsed.probes, outputs);
    return trainedFields(envelope, parsed, probeOutputs, tensor);
  },
  shape: trainedShape,
};

/**
 * A trained ticket as chunks of a file; `mask(t)` is asked for t = 1 .. L. Throws an `InputError` for
 * fields that no reader would take, a RangeError for masks of another size.
 */
export function encodeTrainedTicket(
  head: TrainedHead,
  mask: (t: number) => LayerMask,
): { readonly bytes: Uint8Array[]; readonly masks: MaskTotals } {
  const writer = createMaskWriter(trainedShape(head));
  for (let t = 1; t < head.widths.length; t++) writer.addMask(t, mask(t));
  const { kept, tensors } = writer.finish();
  const { envelope, body } = trainedMetadata(head, kept);
  const { texts, metadata } = parseWritten(envelope, body, trainedKind);
  const own = ownTensors(head);
  const tensor = (wanted: string): StoredTensor => {
    const found = own.find(({ name }) => name === wanted);
    requireTrue(found !== undefined, `tensor "${wanted}"`, 'is missing');
    return { ...(found as TensorParts), data: found?.data[0] as Uint8Array };
  };
  trainedKind.read({ ...metadata, tensor });
  return { bytes: encodeTicketFile(texts, [...own, ...tensors]), masks: writer.totals() };
}
