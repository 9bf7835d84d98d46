/**
 * A whole search as one library call: split and standardise the data, train, write the ticket, read it
 * back, and measure it with the inference engine on the written bytes.
 */

import { checkObject, checkOneOf, checkWhole } from '../core/arguments.js';
import { InputError, UsageError } from '../core/errors.js';
import type { Signal, Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { dataDigest, type LabelledData } from '../data/labelled.js';
import { trainedFastEngineSteps } from '../inference/trained-fast.js';
import type { DenseMask } from '../source/mask.js';
import { wordsPerColumn } from '../source/mask.js';
import type { MaskTotals } from '../ticket/ticket-file.js';
import type { Standardization, TrainedHead, TrainedTicket } from '../ticket/trained.js';
import { inputCount, stagesOf } from '../ticket/trained-maps.js';
import { type Checkpoint, encodeCheckpoint, restoreLayers } from './checkpoint.js';
import { type Accuracy, chooseMask, type MaskChoice } from './choose-mask.js';
import { type Split, splitSamples, standardizationOf } from './data.js';
import { createLayers, sourceColumn, type TrainedLayer } from './layer.js';
import { createMapNetwork, requireTrainable } from './map-network.js';
import { BACKENDS, type Backend, type TrainableNetwork } from './network.js';
import type { SearchOptions } from './options.js';
import { foldRunning } from './running-moments.js';
import { type SealedTicket, sealSteps } from './seal.js';
import {
  beginScores,
  countCorrectInTraining,
  type EpochRecord,
  epochsUsed,
  everySample,
  initialState,
  stepsPerEpoch,
  type TrainingHooks,
  type TrainingState,
  type TrainingTask,
  train,
} from './train.js';

export interface SearchTask {
  readonly options: SearchOptions;
  readonly data: LabelledData;
  readonly test?: LabelledData;
  readonly backend?: Backend;
  /** That share the steps of networks of feature maps; others take one. They change no bit of the ticket. */
  readonly threads?: Threads;
  /** To go on from; its options must be the task's. */
  readonly checkpoint?: Checkpoint;
}

/** Makes the checkpoint of the state as it is: chunks of a file, in memory of their own. */
export type MakeCheckpoint = () => Uint8Array[];

export interface SearchHooks extends Pick<TrainingHooks, 'onEpoch'>, Watch {
  /** Ends the search soon after it is aborted; unlike other work it then hands out a checkpoint. */
  readonly signal?: Signal;
  /** Before the first step: steps that a resumed search has done, and steps in all. */
  readonly onBegin?: (done: number, total: number, checkpoint: MakeCheckpoint) => void;
  /** After every step: steps done and in all, mean loss and accuracy of the epoch so far. */
  readonly onStep?: (
    done: number,
    total: number,
    loss: number,
    accuracy: number,
    checkpoint: MakeCheckpoint,
  ) => void;
  /** After every epoch: the checkpoint as chunks of a file. */
  readonly onCheckpoint?: (chunks: readonly Uint8Array[]) => void;
}

export type SearchOutcome =
  | { readonly finished: false; readonly checkpoint: Uint8Array[]; readonly history: EpochRecord[] }
  | {
      readonly finished: true;
      readonly ticket: TrainedTicket;
      readonly bytes: readonly Uint8Array[];
      readonly masks: MaskTotals;
      readonly history: readonly EpochRecord[];
      /** By the inference engine on the written ticket; null without test data. */
      readonly test: Accuracy | null;
      /** By the trainer, in float32, on the same mask. */
      readonly trainerTest: Accuracy | null;
      /** supermask alone: what the trainer measures of other masks on the test data. */
      readonly choice: MaskChoice | null;
    };

/** What types say of a task, for callers without them. */
function checkTask(task: SearchTask): void {
  checkObject('task', task);
  checkObject('options', task.options);
  for (const [name, data] of [
    ['data', task.data],
    ['test', task.test],
  ] as const) {
    if (name === 'test' && data === undefined) continue;
    checkObject(name, data);
    checkWhole(`${name}.count`, data?.count, 1, 2 ** 32);
    checkWhole(`${name}.inputs`, data?.inputs, 1, 2 ** 32);
    checkObject(`${name}.values`, data?.values);
    checkObject(`${name}.labels`, data?.labels);
  }
}

function checkShape({ options, data, test }: SearchTask): void {
  const { widths, maps } = options;
  const [inputs, outputs] = [inputCount(widths, maps), widths.at(-1)];
  if (data.inputs !== inputs || data.classes !== outputs) {
    throw new UsageError(
      `shape ${widths.join('-')}: the data have ${data.inputs} inputs and ${data.classes} classes`,
    );
  }
  if (test !== undefined && test.inputs !== inputs) {
    throw new InputError({
      place: 'test data',
      problem: `${test.inputs} values a sample, where the training data have ${inputs}`,
      remedy: 'give test data of the same form',
    });
  }
}

/** How a search with these options standardises its data; `split` where it is known. */
export function standardizationFor(
  { widths, validation, seed, standardization }: SearchOptions,
  data: LabelledData,
  { train }: Split = splitSamples(data.count, validation, seed),
): Standardization {
  return standardizationOf(data, train, standardization, widths[0]);
}

async function networkFor({
  options,
  backend = 'wasm',
  threads,
}: SearchTask): Promise<TrainableNetwork> {
  const { widths, maps, activation } = options;
  if (backend === 'webgpu') {
    if (maps !== undefined) {
      throw new UsageError('backend webgpu is for networks of widths: feature maps take wasm');
    }
    return (await import('./jax-network.js')).createJaxNetwork(activation, backend);
  }
  // A layer of widths is done before others have heard of it: each thread would pack the weights anew.
  const isShared = maps !== undefined && threads !== undefined;
  return createMapNetwork(stagesOf(widths, maps), { activation, ...(isShared && { threads }) });
}

/**
 * Runs a search to its end, or until its signal is aborted. Throws a `UsageError` where shape and data do not
 * fit, an `InputError` where data or checkpoint cannot be used.
 */
export async function searchTicket(
  task: SearchTask,
  hooks: SearchHooks = {},
): Promise<SearchOutcome> {
  checkTask(task);
  checkShape(task);
  const { options, data, test, checkpoint, backend = 'wasm' } = task;
  checkOneOf('backend', backend, BACKENDS);
  // Before weights and scores are drawn, which take memory in proportion.
  if (backend === 'wasm') {
    requireTrainable(stagesOf(options.widths, options.maps), options.activation);
  }
  const digest = dataDigest(data);
  if (checkpoint !== undefined && checkpoint.data !== digest) {
    throw new InputError({
      place: 'checkpoint',
      problem: 'it was made with other training data',
      remedy: 'resume with the data that the search began with',
    });
  }
  const split = splitSamples(data.count, options.validation, options.seed);
  const layers = createLayers(options);
  beginScores(layers, options);
  if (checkpoint !== undefined) restoreLayers(checkpoint, layers);
  const training: TrainingTask = {
    options,
    data,
    split,
    standardization: standardizationFor(options, data, split),
    network: await networkFor(task),
    layers,
    ...(test === undefined ? {} : { test }),
  };
  const state = checkpoint?.state ?? initialState();
  const save = (): Uint8Array[] => encodeCheckpoint(options, digest, state, layers);
  const { onBegin, onStep, onCheckpoint, onEpoch, signal, onProgress } = hooks;
  const perEpoch = stepsPerEpoch(training);
  const [begun, total] = [state.epoch * perEpoch + state.step, options.epochs * perEpoch];
  onBegin?.(begun, total, save);
  onProgress?.({ stage: 'train', done: begun, total });
  const isComplete = await train(training, state, {
    ...(onEpoch && { onEpoch }),
    ...(signal && { signal }),
    onStep(done, total, loss, accuracy) {
      onStep?.(done, total, loss, accuracy, save);
      onProgress?.({ stage: 'train', done, total });
    },
    ...(onCheckpoint && { onEpochEnd: () => onCheckpoint(save()) }),
  });
  if (!isComplete) return { finished: false, checkpoint: save(), history: state.history };
  // Training is complete: what is saved goes on with the measuring.
  const watch = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const outcome = await finish(training, state, digest, backend, watch);
  return outcome ?? { finished: false, checkpoint: save(), history: state.history };
}

/** Writes and measures the ticket; undefined where the signal ended it. */
async function finish(
  task: TrainingTask,
  state: TrainingState,
  digest: string,
  backend: Backend,
  watch: Watch,
): Promise<SearchOutcome | undefined> {
  const { options, layers, test, standardization, network } = task;
  const choice = options.method === 'supermask' ? await chooseMask(task, watch) : null;
  if (choice === undefined) return undefined;
  const head = ticketHead(task, state, digest, backend);
  const masks = layers.map(denseMask);
  let sealed: SealedTicket;
  try {
    sealed = await perform(
      sealSteps(head, (t) => masks[t - 1] as DenseMask, trainedFastEngineSteps, test),
      watch,
    );
  } catch (error) {
    if (watch.signal?.aborted === true) return undefined;
    throw error;
  }
  const { ticket, bytes, correct } = sealed;
  const share = (right: number, samples: number): Accuracy => ({ correct: right, samples });
  const byTrainer = async (): Promise<number> =>
    test === undefined
      ? 0
      : countCorrectInTraining(network, layers, test, standardization, everySample(test));
  if (watch.signal?.aborted === true) return undefined;
  const trainerTest = test === undefined ? null : share(await byTrainer(), test.count);
  return {
    finished: true,
    ticket,
    bytes,
    masks: sealed.masks,
    history: state.history,
    test: test === undefined || correct === null ? null : share(correct, test.count),
    trainerTest,
    choice,
  };
}

function ticketHead(
  { options, layers, standardization }: TrainingTask,
  state: TrainingState,
  data: string,
  backend: Backend,
): Omit<TrainedHead, 'probeOutputs'> {
  const { method, weights, keep, keepScope, keepRamp, epochs, batch } = options;
  const { learningRate, momentum, weightDecay, schedule, validation, patience } = options;
  return {
    kind: 'trained',
    seed: options.seed,
    widths: options.widths,
    ...(options.maps && { maps: options.maps }),
    // biprop's network computes with signs; its normal numbers chose them and are in the scale.
    weights: method === 'biprop' || weights === 'signed-constant' ? 'sign' : 'normal',
    activation: options.activation,
    scales: layers.map(({ scale }) => scale),
    ...(layers.some(({ running }) => running) && {
      normalizations: layers.map(({ running }) => running && foldRunning(running)),
    }),
    standardization,
    training: {
      method,
      weights,
      keep,
      keepScope,
      keepRamp,
      epochs,
      batch,
      learningRate,
      momentum,
      weightDecay,
      schedule,
      validation,
      patience,
      backend: backend === 'wasm' ? 'kernels' : backend,
      epochsUsed: epochsUsed(state),
      data,
      ...(options.augmentation && { augmentation: options.augmentation }),
    },
  };
}

/** A layer's mask as tickets hold it. */
function denseMask(layer: TrainedLayer): DenseMask {
  const { inputs, outputs, mask } = layer;
  const perColumn = wordsPerColumn(outputs);
  const words = new Uint32Array(inputs * perColumn);
  for (let input = 0; input < inputs; input++) {
    const column = sourceColumn(layer, input);
    for (let row = 0; row < outputs; row++) {
      if (mask[input * outputs + row] === 1) {
        words[column * perColumn + (row >>> 5)] |= 1 << (row & 31);
      }
    }
  }
  return { kind: 'dense', inputs, outputs, words };
}
