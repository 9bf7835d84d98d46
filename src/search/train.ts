/**
 * The training loop that all methods share. Its state between two steps is a handful of arrays and
 * counters: everything random is a function of seed and position, so a run continued from a state ends
 * with the same bits as one that was never stopped.
 */
import { UsageError } from '../core/errors.js';
import type { Signal } from '../core/progress.js';
import type { LabelledData } from '../data/labelled.js';
import { argMax } from '../inference/arg-max.js';
import type { Standardization } from '../ticket/trained.js';
import { varier } from './augment.js';
import { gatherBatch, type Split } from './data.js';
import type { TrainedLayer } from './layer.js';
import { METHODS } from './methods.js';
import type { TrainableNetwork } from './network.js';
import { descend, keepAt, learningRateAt } from './optimizer.js';
import type { SearchOptions } from './options.js';
import { derivedKey, STREAMS, shuffle, streamKey } from './random.js';
import { copyRunning, type RunningMoments, setRunning, updateRunning } from './running-moments.js';

/** What an epoch did. Losses are means over its samples, in nats; fractions of samples are accuracies. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  /** On the training samples as they came by. */
  readonly accuracy: number;
  /** After the epoch, with the mask that would be stored, on the held-out samples; null without. */
  readonly validation: number | null;
  /** The same on the test samples; null without. For the log only: nothing is chosen by it. */
  readonly test: number | null;
  readonly learningRate: number;
  /** Kept fraction of all edges. */
  readonly kept: number;
}

/** The position of a run between two steps. */
export interface TrainingState {
  /** Whole epochs done. */
  epoch: number;
  /** Steps done of the epoch under way. */
  step: number;
  /** Sums over these steps. */
  lossSum: number;
  correct: number;
  readonly history: EpochRecord[];
  /** With early stopping: the best epoch so far and its scores. */
  best: BestState | null;
}

/** All of an epoch that its mask and network follow from. */
export interface BestState {
  readonly epoch: number;
  readonly scores: readonly Float32Array[];
  /** Null for layers that are not normalised. */
  readonly running: readonly (RunningMoments | null)[];
}

export function initialState(): TrainingState {
  return { epoch: 0, step: 0, lossSum: 0, correct: 0, history: [], best: null };
}

export interface TrainingHooks {
  /** After every step: steps done and in all, mean loss and accuracy of the epoch so far. */
  readonly onStep?: (done: number, total: number, loss: number, accuracy: number) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Looked at before every step. */
  readonly signal?: Signal;
  readonly onEpochEnd?: (state: TrainingState) => void;
}

export interface TrainingTask {
  readonly options: SearchOptions;
  readonly data: LabelledData;
  readonly split: Split;
  readonly standardization: Standardization;
  readonly test?: LabelledData;
  readonly network: TrainableNetwork;
  readonly layers: readonly TrainedLayer[];
}

/** Samples in a batch of evaluation: one size, so that it is compiled once. */
const EVALUATION_BATCH = 500;

/** Sets the scores that training begins with. */
export function beginScores(layers: readonly TrainedLayer[], options: SearchOptions): void {
  const key = streamKey(options.seed, STREAMS.scores);
  layers.forEach((layer, index) => {
    METHODS[options.method].begin(layer, index, options, derivedKey(key, index, 0));
    layer.velocity.fill(0);
  });
}

/** Number of samples that the network, with the layers' effective weights, labels rightly. */
export async function countCorrectInTraining(
  network: TrainableNetwork,
  layers: readonly TrainedLayer[],
  data: LabelledData,
  standardization: Standardization,
  samples: Uint32Array,
): Promise<number> {
  let correct = 0;
  for (let from = 0; from < samples.length; from += EVALUATION_BATCH) {
    const size = Math.min(EVALUATION_BATCH, samples.length - from);
    const batch = gatherBatch(data, standardization, samples, from, size);
    const outputs = await network.outputs(layers, batch);
    for (let row = 0; row < size; row++) {
      const label = data.labels[samples[from + row] as number];
      if (argMax(outputs, row * data.classes, data.classes) === label) correct++;
    }
  }
  return correct;
}

/** All sample numbers. */
export function everySample({ count }: LabelledData): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

export function stepsPerEpoch({ split, options }: TrainingTask): number {
  return Math.ceil(split.train.length / options.batch);
}

/**
 * Trains from `state` on, changing it and the layers. Throws a `UsageError` where training diverges. Returns whether training is complete: false if
 * the signal was aborted. After completion the layers hold the mask that
 * the last scores give.
 */
export async function train(
  task: TrainingTask,
  state: TrainingState,
  hooks: TrainingHooks = {},
): Promise<boolean> {
  const { options, split, layers } = task;
  const perEpoch = stepsPerEpoch(task);
  const total = perEpoch * options.epochs;
  while (state.epoch < options.epochs && !patienceIsOver(state, options)) {
    const order = split.train.slice();
    shuffle(order, derivedKey(streamKey(options.seed, STREAMS.shuffling), state.epoch, 0));
    while (state.step < perEpoch) {
      if (hooks.signal?.aborted === true) return false;
      await trainStep(task, state, order, state.epoch * perEpoch + state.step, total);
      const seen = Math.min(state.step * options.batch, order.length);
      const done = state.epoch * perEpoch + state.step;
      hooks.onStep?.(done, total, state.lossSum / seen, state.correct / seen);
    }
    const steps = (state.epoch + 1) * perEpoch;
    forwardAt(task, steps, total);
    const record = await epochRecord(task, state, learningRateAt(options, steps, total));
    state.history.push(record);
    state.epoch++;
    state.step = 0;
    state.lossSum = 0;
    state.correct = 0;
    rememberBest(task, state, record);
    hooks.onEpoch?.(record);
    hooks.onEpochEnd?.(state);
  }
  if (state.best !== null) {
    const { scores, running } = state.best;
    layers.forEach((layer, index) => {
      layer.scores.set(scores[index] as Float32Array);
      setRunning(layer.running, running[index] ?? null);
    });
  }
  forwardAt(task, epochsUsed(state) * perEpoch, total);
  return true;
}

/** Masks, effective weights and scales as of a step. */
function forwardAt({ options, layers }: TrainingTask, step: number, total: number): void {
  const key = derivedKey(streamKey(options.seed, STREAMS.sampling), step, 0);
  METHODS[options.method].forward(layers, keepAt(options, step, total), options, key);
}

/** Epochs of which the scores are the result. */
export function epochsUsed(state: TrainingState): number {
  return state.best?.epoch ?? state.epoch;
}

async function trainStep(
  task: TrainingTask,
  state: TrainingState,
  order: Uint32Array,
  step: number,
  total: number,
): Promise<void> {
  const { options, data, standardization, network, layers } = task;
  const from = state.step * options.batch;
  const size = Math.min(options.batch, order.length - from);
  const batch = gatherBatch(data, standardization, order, from, size, varier(options, state.epoch));
  forwardAt(task, step, total);
  const { loss, outputs, gradients, moments } = await network.step(layers, batch);
  if (!Number.isFinite(loss)) {
    throw new UsageError(
      `the loss is no longer a finite number in epoch ${state.epoch + 1}: lower the learning rate`,
    );
  }
  const rate = learningRateAt(options, step, total);
  layers.forEach((layer, index) => {
    const gradient = gradients[index] as Float32Array;
    METHODS[options.method].backward(layer, gradient);
    descend(layer, gradient, rate, options);
    const own = moments?.[index];
    if (layer.running && own) updateRunning(layer.running, own);
  });
  if (layers.some(({ running }) => running && !running.variance.every(Number.isFinite))) {
    throw new UsageError(
      'sums are beyond float32: lower the learning rate, or scale the data down',
    );
  }
  for (let row = 0; row < size; row++) {
    const label = data.labels[order[from + row] as number];
    if (argMax(outputs, row * data.classes, data.classes) === label) state.correct++;
  }
  state.lossSum += loss * size;
  state.step++;
}

async function epochRecord(
  { data, split, standardization, test, network, layers }: TrainingTask,
  state: TrainingState,
  learningRate: number,
): Promise<EpochRecord> {
  const seen = split.train.length;
  const accuracy = async (of: LabelledData, samples: Uint32Array): Promise<number | null> =>
    samples.length === 0
      ? null
      : (await countCorrectInTraining(network, layers, of, standardization, samples)) /
        samples.length;
  const edges = layers.reduce((sum, { mask }) => sum + mask.length, 0);
  const kept = layers.reduce((sum, { mask }) => mask.reduce((ones, bit) => ones + bit, sum), 0);
  return {
    epoch: state.epoch + 1,
    loss: state.lossSum / seen,
    accuracy: state.correct / seen,
    validation: await accuracy(data, split.validation),
    test: test === undefined ? null : await accuracy(test, everySample(test)),
    learningRate,
    kept: kept / edges,
  };
}

/** With early stopping: takes a copy of the scores after an epoch better than all before. */
function rememberBest(
  { options, layers }: TrainingTask,
  state: TrainingState,
  record: EpochRecord,
): void {
  if (options.patience === 0) return;
  const best = state.best && state.history[state.best.epoch - 1];
  if (best && (record.validation ?? 0) <= (best.validation ?? 0)) return;
  state.best = {
    epoch: record.epoch,
    scores: layers.map(({ scores }) => scores.slice()),
    running: layers.map(({ running }) => running && copyRunning(running)),
  };
}

function patienceIsOver(state: TrainingState, { patience }: SearchOptions): boolean {
  return patience > 0 && state.best !== null && state.epoch - state.best.epoch >= patience;
}
