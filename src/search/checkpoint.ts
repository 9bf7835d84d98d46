/**
 * A run between two steps as a file: a safetensors container with the options, the position and the
 * history as JSON, and scores and momentum as tensors. Read as hostile, like any file.
 */

import { checkBytes } from '../core/arguments.js';
import { InputError, UsageError } from '../core/errors.js';
import type { Schema } from '../core/schema.js';
import { checkedWith, z } from '../core/zod.js';
import { maskSizes } from '../source/shape.js';
import { describeIssue, jsonText, parseJson } from '../ticket/json.js';
import { decodeSafetensors, encodeSafetensors, type TensorParts } from '../ticket/safetensors.js';
import { trainedShape } from '../ticket/trained.js';
import type { TrainedLayer } from './layer.js';
import type { SearchOptions } from './options.js';
import { optionsJson } from './options-record.js';
import { optionsSchema, storedOptions } from './options-schema.js';
import { beginRunning, type RunningMoments, setRunning } from './running-moments.js';
import type { TrainingState } from './train.js';

/** Raised where a step gives other bits, or a run that goes on were neither the old one nor a new one. */
const FORMAT = 'unearth-checkpoint/2';
/** The same of feature maps. */
const MAPS_FORMAT = 'unearth-checkpoint/maps-3';
const formatOf = ({ maps }: SearchOptions): string => (maps === undefined ? FORMAT : MAPS_FORMAT);

/** Enough leading bytes for `isCheckpoint`. */
export const CHECKPOINT_HEAD_BYTES = 64;

const fraction = z.number().check(z.minimum(0), z.maximum(1));

const recordSchema = z.strictObject({
  epoch: z.int().check(z.minimum(1)),
  loss: z.number(),
  accuracy: fraction,
  validation: z.nullable(fraction),
  test: z.nullable(fraction),
  learningRate: z.number().check(z.minimum(0)),
  kept: fraction,
});

const stateSchema = z.strictObject({
  epoch: z.int().check(z.minimum(0)),
  step: z.int().check(z.minimum(0)),
  lossSum: z.number(),
  correct: z.int().check(z.minimum(0)),
  history: z.array(recordSchema).check(z.maxLength(100_000)),
  best: z.int().check(z.minimum(0)),
});

/** A checkpoint as read; the layers' arrays are filled in by `restore`. */
export interface Checkpoint {
  readonly options: SearchOptions;
  /** `dataDigest` of the training data. */
  readonly data: string;
  readonly state: TrainingState;
  readonly scores: readonly Float32Array[];
  readonly velocities: readonly Float32Array[];
  /** Of layers that are normalised; null for others. */
  readonly running: readonly (RunningMoments | null)[];
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A copy of the values: training goes on while the file is written, and may take it at every step. */
function floatTensor(name: string, values: Float32Array): TensorParts {
  const bytes = new Uint8Array(4 * values.length);
  if (IS_LITTLE_ENDIAN) new Float32Array(bytes.buffer).set(values);
  else {
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => {
      view.setFloat32(4 * index, value, true);
    });
  }
  return { name, dtype: 'F32', shape: [values.length], data: [bytes] };
}

function runningTensors(
  name: string,
  index: number,
  running: RunningMoments | null,
): TensorParts[] {
  if (running === null) return [];
  return [
    floatTensor(`${name}.mean.${index + 1}`, running.mean),
    floatTensor(`${name}.variance.${index + 1}`, running.variance),
  ];
}

/** The checkpoint as chunks of a file, in memory of their own. */
export function encodeCheckpoint(
  options: SearchOptions,
  data: string,
  state: TrainingState,
  layers: readonly TrainedLayer[],
): Uint8Array[] {
  const { epoch, step, lossSum, correct, history, best } = state;
  const metadata = {
    format: formatOf(options),
    options: JSON.stringify(optionsJson(options)),
    data,
    state: JSON.stringify({ epoch, step, lossSum, correct, history, best: best?.epoch ?? 0 }),
  };
  const tensors = layers.flatMap(({ scores, velocity, running }, index) => [
    floatTensor(`scores.${index + 1}`, scores),
    floatTensor(`velocity.${index + 1}`, velocity),
    ...runningTensors('running', index, running),
    ...(best === null
      ? []
      : [
          floatTensor(`best.${index + 1}`, best.scores[index] as Float32Array),
          ...runningTensors('best', index, best.running[index] ?? null),
        ]),
  ]);
  return encodeSafetensors(metadata, tensors);
}

function refuse(place: string, problem: string): never {
  const remedy = 'the checkpoint is damaged: start the search again without option "resume"';
  throw new InputError({ place, problem, remedy });
}

/** Reads a checkpoint. Throws an `InputError` that names the place. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  checkBytes('bytes', bytes);
  const { metadata, tensors } = decodeSafetensors(bytes);
  const format = metadata.get('format') ?? '';
  const refuseFormat = (): never => {
    throw new InputError({
      place: 'metadata "format"',
      problem: `${jsonText(format.slice(0, 60))} is no checkpoint of this version`,
      remedy: 'give the checkpoint that an interrupted search of this version wrote',
    });
  };
  if (format !== FORMAT && format !== MAPS_FORMAT) refuseFormat();
  const read = <T>(key: string, schema: Schema<T>): T => {
    const place = `metadata "${key}"`;
    const text = metadata.get(key) ?? refuse(place, 'is missing');
    const parsed = checkedWith(schema, parseJson(text, place));
    return parsed.success ? parsed.data : refuse(place, describeIssue(parsed.error));
  };
  const stored = read('options', optionsSchema);
  const options = (() => {
    try {
      return storedOptions(stored);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return refuse('metadata "options"', error.message);
    }
  })();
  if (format !== formatOf(options)) refuseFormat();
  const { best, ...position } = read('state', stateSchema);
  if (position.epoch > options.epochs || position.history.length !== position.epoch) {
    refuse('metadata "state"', `epoch ${position.epoch}, history of ${position.history.length}`);
  }
  if (best > position.epoch) refuse('metadata "state"', `epoch ${best} has not been yet`);
  const data = metadata.get('data') ?? '';
  if (!/^[0-9a-f]{64}$/.test(data)) refuse('metadata "data"', 'is not a SHA-256 in hexadecimal');
  const floats = (name: string, length: number): Float32Array => {
    const place = `tensor "${name}"`;
    const tensor = tensors.get(name) ?? refuse(place, 'is missing');
    if (tensor.dtype !== 'F32' || tensor.data.length !== 4 * length) {
      refuse(place, `not ${length} F32 numbers`);
    }
    const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, 4 * length);
    const values = Float32Array.from({ length }, (_, index) => view.getFloat32(4 * index, true));
    if (!values.every(Number.isFinite)) refuse(place, 'holds a value that is not a finite number');
    return values;
  };
  const all = (name: string): Float32Array[] =>
    maskSizes(trainedShape(options)).map(({ inputs, outputs }, index) =>
      floats(`${name}.${index + 1}`, inputs * outputs),
    );
  const running = (name: string): (RunningMoments | null)[] =>
    options.widths.slice(1).map((channels, index) => {
      if (options.maps?.layers[index]?.normalized !== true) return null;
      const read = beginRunning(channels);
      read.mean.set(floats(`${name}.mean.${index + 1}`, channels));
      read.variance.set(floats(`${name}.variance.${index + 1}`, channels));
      if (read.variance.every((variance) => variance >= 0)) return read;
      return refuse(`tensor "${name}.variance.${index + 1}"`, 'holds a number below 0');
    });
  return {
    options,
    data,
    state: {
      ...position,
      best: best === 0 ? null : { epoch: best, scores: all('best'), running: running('best') },
    },
    scores: all('scores'),
    velocities: all('velocity'),
    running: running('running'),
  };
}

/** Puts a checkpoint's scores and momentum into layers of its shape. */
export function restoreLayers(checkpoint: Checkpoint, layers: readonly TrainedLayer[]): void {
  layers.forEach(({ scores, velocity, running }, index) => {
    scores.set(checkpoint.scores[index] as Float32Array);
    velocity.set(checkpoint.velocities[index] as Float32Array);
    setRunning(running, checkpoint.running[index] ?? null);
  });
}

/** Whether a file is a checkpoint, from its first bytes. */
export function isCheckpoint(head: Uint8Array): boolean {
  const start = new TextEncoder().encode(`{"__metadata__":{"format":"unearth-checkpoint/`);
  return head.length >= 8 + start.length && start.every((byte, index) => byte === head[8 + index]);
}
