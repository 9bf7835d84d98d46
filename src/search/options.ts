/**
 * What a search is asked for, with the defaults of the papers, and what of it makes sense. `keep` is
 * always the kept fraction; public codes also call it prune rate, sparsity or k.
 */
import { checkList, checkObject, checkOneOf, checkSeed, checkWhole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { maskSizes } from '../source/shape.js';
import { type AugmentationRecord, trainedShape } from '../ticket/trained.js';
import { type TrainedMaps, trainedMapsProblem } from '../ticket/trained-maps.js';

export const METHOD_NAMES = ['edge-popup', 'biprop', 'supermask'] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/**
 * How source weights are drawn and scaled. `signed-constant`: signs times one constant;
 * `kaiming-normal` and `glorot-normal`: normal, with variance 2/fan_in and 2/(fan_in + fan_out). The
 * constant and `kaiming-normal` of edge-popup are also divided by the square root of the kept fraction.
 */
export const INITIAL_WEIGHTS = ['signed-constant', 'kaiming-normal', 'glorot-normal'] as const;
export type InitialWeights = (typeof INITIAL_WEIGHTS)[number];

export const SCHEDULES = ['cosine', 'constant'] as const;
export type Schedule = (typeof SCHEDULES)[number];

export const KEEP_SCOPES = ['layer', 'global'] as const;
export type KeepScope = (typeof KEEP_SCOPES)[number];

/** How inputs are standardised; see `standardizationOf`. */
export const STANDARDIZATIONS = ['global', 'feature', 'channel', 'range', 'none'] as const;
export type StandardizationMode = (typeof STANDARDIZATIONS)[number];

export const HIDDEN_ACTIVATIONS = ['relu', 'sign'] as const;
export type HiddenActivation = (typeof HIDDEN_ACTIVATIONS)[number];

export interface SearchOptions {
  readonly method: MethodName;
  /** `N_0 .. N_L`; of feature maps their channels. */
  readonly widths: readonly number[];
  /** Of networks of feature maps alone. */
  readonly maps?: TrainedMaps;
  readonly weights: InitialWeights;
  /** Of hidden layers; `sign` with the straight-through gradient `2 (1 - |x|)` inside [-1, 1]. */
  readonly activation: HiddenActivation;
  /** Kept fraction of each layer, in (0, 1]. */
  readonly keep: readonly number[];
  /** `global`: the kept fraction of all layers together; `keep` then has equal entries. */
  readonly keepScope: KeepScope;
  /** Epochs over which the kept fraction falls from 1 to `keep`; 0: from the start. */
  readonly keepRamp: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly schedule: Schedule;
  readonly seed: bigint;
  readonly standardization: StandardizationMode;
  /** Fraction of the training samples held out, in [0, 1). */
  readonly validation: number;
  /** Stop after so many epochs without a better validation accuracy and take the best; 0: never. */
  readonly patience: number;
  /** How training samples are varied; absent: not at all. Of feature maps alone. */
  readonly augmentation?: AugmentationRecord;
}

type Given = { readonly [Key in keyof SearchOptions]?: SearchOptions[Key] | undefined };

interface MethodDefaults {
  readonly weights: InitialWeights;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly standardization: StandardizationMode;
}

/**
 * supermask wants inputs that are 0 where nothing is drawn: an input of constant value adds noise to
 * every sum when its edges are drawn anew for every step.
 */
const DEFAULTS: Readonly<Record<MethodName, MethodDefaults>> = {
  'edge-popup': {
    weights: 'signed-constant',
    learningRate: 0.1,
    weightDecay: 5e-4,
    standardization: 'global',
  },
  biprop: {
    weights: 'kaiming-normal',
    learningRate: 0.1,
    weightDecay: 5e-4,
    standardization: 'global',
  },
  supermask: {
    weights: 'signed-constant',
    learningRate: 100,
    weightDecay: 0,
    standardization: 'range',
  },
};

/** The weights that a method can use. */
const ALLOWED_WEIGHTS: Readonly<Record<MethodName, readonly InitialWeights[]>> = {
  'edge-popup': ['signed-constant', 'kaiming-normal'],
  biprop: ['kaiming-normal'],
  supermask: ['signed-constant', 'glorot-normal'],
};

function refuse(problem: string): never {
  throw new UsageError(problem);
}

function inRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) refuse(`${name} ${value}: give ${least} to ${most}`);
}

/** The largest layer that training takes: its scores, momentum, weights and gradient are in memory. */
const MAXIMUM_LAYER = 2 ** 27;

/**
 * The deepest network that training takes: on WebGPU jax-js traces a step by recursion through its layers, and runs
 * out of stack before twice as many.
 */
const MAXIMUM_DEPTH = 256;

/**
 * Fills in the defaults. Throws a `UsageError` for what makes no sense. `keep` may have one entry for
 * all layers.
 */
export function searchOptions(
  given: Given & Pick<SearchOptions, 'method' | 'widths'>,
): SearchOptions {
  checkObject('options', given);
  checkOneOf('method', given.method, METHOD_NAMES);
  const defaults = DEFAULTS[given.method];
  const { widths } = given;
  checkList('widths', widths);
  if (given.keep !== undefined) checkList('keep', given.keep);
  if (given.seed !== undefined) checkSeed(given.seed);
  if (widths.length < 2 || !widths.every((width) => Number.isInteger(width) && width >= 1)) {
    refuse(`shape ${widths.join('-')}: give at least two widths, as in 784-300-100-10`);
  }
  if (widths.length - 1 > MAXIMUM_DEPTH) {
    refuse(`shape: ${widths.length - 1} layers, training takes at most ${MAXIMUM_DEPTH}`);
  }
  const { maps } = given;
  if (maps !== undefined) checkMaps(widths, maps);
  const shape = trainedShape({ widths, ...(maps && { maps }) });
  if (maskSizes(shape).some(({ inputs, outputs }) => inputs * outputs > MAXIMUM_LAYER)) {
    refuse(`shape ${widths.join('-')}: a layer has more than ${MAXIMUM_LAYER} weights`);
  }
  const layers = widths.length - 1;
  const fractions = given.keep ?? [0.5];
  const keep = fractions.length === 1 ? new Array(layers).fill(fractions[0]) : [...fractions];
  const options: SearchOptions = {
    method: given.method,
    widths: [...widths],
    ...(maps && { maps }),
    weights: given.weights ?? defaults.weights,
    activation: given.activation ?? 'relu',
    keep,
    keepScope: given.keepScope ?? 'layer',
    keepRamp: given.keepRamp ?? 0,
    epochs: given.epochs ?? 5,
    batch: given.batch ?? 128,
    learningRate: given.learningRate ?? defaults.learningRate,
    momentum: given.momentum ?? 0.9,
    weightDecay: given.weightDecay ?? defaults.weightDecay,
    schedule: given.schedule ?? 'cosine',
    seed: given.seed ?? 1n,
    standardization: given.standardization ?? defaults.standardization,
    validation: given.validation ?? 0,
    patience: given.patience ?? 0,
    ...(given.augmentation && { augmentation: { ...given.augmentation } }),
  };
  check(options, layers);
  return options;
}

function checkMaps(widths: readonly number[], maps: TrainedMaps): void {
  checkObject('maps', maps);
  checkObject('maps.input', maps.input);
  checkList('maps.layers', maps.layers);
  for (const layer of maps.layers) {
    checkObject('maps.layers', layer);
    checkObject('maps.layers.kernel', layer.kernel);
  }
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) refuse(`shape: ${problem}`);
}

function checkAugmentation({ augmentation, maps }: SearchOptions): void {
  if (augmentation === undefined) return;
  checkObject('augmentation', augmentation);
  const { shift, flip } = augmentation;
  if (maps === undefined) refuse('augmentation is of images: give a network of feature maps');
  checkWhole('augmentation.shift', shift, 0, Math.max(maps.input.height, maps.input.width));
  if (typeof flip !== 'boolean') refuse('augmentation.flip is neither true nor false');
  if (shift === 0 && !flip) refuse('augmentation: it changes nothing; leave it out');
}

function check(options: SearchOptions, layers: number): void {
  const { method, weights, keep, keepScope, validation, patience } = options;
  checkAugmentation(options);
  if (options.standardization === 'feature' && options.maps !== undefined) {
    refuse('feature maps are standardised by channel: give standardization channel');
  }
  if (options.standardization === 'channel' && options.maps === undefined) {
    refuse('standardization channel is for feature maps; give feature');
  }
  if (!ALLOWED_WEIGHTS[method].includes(weights)) {
    refuse(`${method} takes ${ALLOWED_WEIGHTS[method].join(' or ')} weights, not ${weights}`);
  }
  if (keep.length !== layers) refuse(`${keep.length} kept fractions for ${layers} layers`);
  for (const fraction of keep) {
    if (!(fraction > 0 && fraction <= 1))
      refuse(`keep ${fraction}: give a fraction above 0, up to 1`);
  }
  if (keepScope === 'global' && keep.some((fraction) => fraction !== keep[0])) {
    refuse('a global kept fraction is one number for all layers');
  }
  if (method === 'supermask' && (keepScope !== 'layer' || options.keepRamp !== 0)) {
    refuse(
      'supermask has no threshold while it trains: a global or ramped keep means nothing to it',
    );
  }
  checkWhole('epochs', options.epochs, 1, 100_000);
  inRange('ramp', options.keepRamp, 0, options.epochs);
  checkWhole('batch', options.batch, 1, 2 ** 20);
  inRange('learning rate', options.learningRate, Number.MIN_VALUE, 1e6);
  inRange('momentum', options.momentum, 0, 1 - 2 ** -20);
  inRange('weight decay', options.weightDecay, 0, 1);
  inRange('validation', validation, 0, 0.9);
  inRange('patience', patience, 0, 100_000);
  if (patience > 0 && validation === 0) {
    refuse('early stopping needs a validation split: give a fraction of the training data for it');
  }
}
