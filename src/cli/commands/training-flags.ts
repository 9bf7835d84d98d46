/**
 * The flags of `unearth search` that say how to train: each once, with the option of the search that it
 * sets and how it is read. With --resume they are the checkpoint's, and none may be given.
 */
import { Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import {
  HIDDEN_ACTIVATIONS,
  INITIAL_WEIGHTS,
  KEEP_SCOPES,
  METHOD_NAMES,
  SCHEDULES,
  type SearchOptions,
  STANDARDIZATIONS,
  type searchOptions,
} from '../../search/options.js';
import type { FeatureShape } from '../../target/planes.js';
import type { AugmentationRecord } from '../../ticket/trained.js';
import { leavesOpen, readShape } from '../files/read-shape.js';
import {
  fractionBelowOne,
  fractionList,
  numberAtLeast,
  oneOf,
  positiveNumber,
  seedNumber,
  wholeNumber,
} from '../options.js';

interface TrainingFlag<Value> {
  /** As it is written, `--keep-scope`. */
  readonly name: string;
  /** Where commander has what was given, `keepScope`. */
  readonly attribute: string;
  /** For commander, a new one each time. */
  option(): Option;
  /** Of what was given. */
  read(text: string): Value;
}

function flag<Value>(
  name: string,
  value: string,
  description: string,
  reader: (name: string) => (text: string) => Value,
): TrainingFlag<Value> {
  const read = reader(name);
  const option = (): Option => new Option(`${name} ${value}`, description).argParser(read);
  return { name, attribute: option().attributeName(), option, read };
}

/** A flag whose value is one of a list of words. */
function choice<Word extends string>(
  name: string,
  value: string,
  words: readonly Word[],
  description = words.join(', '),
): TrainingFlag<Word> {
  return flag(name, value, description, () => oneOf(name, words));
}

const whole = (least: number, most: number) => (name: string) => wholeNumber(name, least, most);
const atLeastZero = (name: string) => numberAtLeast(name, 0);

/** `shift4`, `flip`, or both. Throws a `UsageError`. */
function augmentationOf(text: string): AugmentationRecord {
  const [, shift, flip] = /^(?:shift([1-9]\d{0,3}))?(?:(?:^|(?<=\d),)(flip))?$/.exec(text) ?? [];
  if (shift === undefined && flip === undefined) {
    throw new UsageError(`--augment ${text}: give shift4, flip, or shift4,flip`);
  }
  return { shift: Number(shift ?? 0), flip: flip !== undefined };
}

/** By the option of the search, in the order of `--help`. */
const TRAINING_FLAGS: {
  readonly [Key in Exclude<keyof Required<SearchOptions>, 'widths' | 'maps'>]: TrainingFlag<
    SearchOptions[Key]
  >;
} & {
  /** The text of widths and maps, or a file of them. */
  readonly shape: TrainingFlag<string>;
} = {
  method: choice('--method', '<name>', METHOD_NAMES),
  shape: flag(
    '--shape',
    '<layers>',
    'widths: 784-300-100-10, or maps: conv64-conv64-pool-256-256-10, conv2; or a JSON file',
    () => (text) => text,
  ),
  weights: choice('--weights', '<name>', INITIAL_WEIGHTS),
  activation: choice('--activation', '<name>', HIDDEN_ACTIVATIONS, 'of hidden layers: relu, sign'),
  keep: flag('--keep', '<fractions>', 'kept fraction, or one for each layer (0.5)', fractionList),
  keepScope: choice('--keep-scope', '<scope>', KEEP_SCOPES),
  keepRamp: flag('--keep-ramp', '<epochs>', 'fall to it from 1 in so many epochs', atLeastZero),
  epochs: flag('--epochs', '<n>', 'passes over the data (5)', whole(1, 100_000)),
  batch: flag('--batch', '<n>', 'samples a step (128)', whole(1, 2 ** 20)),
  learningRate: flag('--rate', '<r>', 'learning rate', positiveNumber),
  momentum: flag('--momentum', '<m>', 'momentum (0.9)', fractionBelowOne),
  weightDecay: flag('--weight-decay', '<d>', 'weight decay of scores', atLeastZero),
  schedule: choice('--schedule', '<name>', SCHEDULES),
  seed: flag('--seed', '<n>', 'of source, scores, order and draws (1)', () => seedNumber),
  standardization: choice('--standardize', '<how>', STANDARDIZATIONS),
  validation: flag('--validation', '<part>', 'fraction held out (0)', fractionBelowOne),
  patience: flag(
    '--patience',
    '<n>',
    'stop after n epochs without a better validation accuracy',
    whole(0, 100_000),
  ),
  augmentation: flag(
    '--augment',
    '<how>',
    'vary training images: shift4, flip, or both: shift4,flip',
    () => augmentationOf,
  ),
};

/** The last flag about what is kept: `--sweep` comes after it. */
export const LAST_KEEP_FLAG = TRAINING_FLAGS.keepRamp.name;

/** For commander, each with its name. */
export function trainingOptions(): { readonly name: string; readonly option: Option }[] {
  return Object.values(TRAINING_FLAGS).map(({ name, option }) => ({ name, option: option() }));
}

/** What commander was given of them. */
type CommanderFlags = Readonly<Record<string, unknown>>;

/** The flags that were given, as they are written. */
export function trainingFlagsGiven(flags: object): string[] {
  return Object.values(TRAINING_FLAGS)
    .filter(({ attribute }) => (flags as CommanderFlags)[attribute] !== undefined)
    .map(({ name }) => name);
}

/** Whether the size of the inputs is left to the data. */
export function leavesInputOpen(flags: object): boolean {
  const { shape } = flags as { readonly shape?: string };
  return shape !== undefined && leavesOpen(shape);
}

/**
 * What the flags ask for of a search; `input` is the size of the data's samples where it is left to them.
 * Throws a `UsageError` where there is no network.
 */
export function givenByFlags(
  flags: object,
  input?: FeatureShape,
): Parameters<typeof searchOptions>[0] {
  // Every value is what `read` of its flag returned.
  const given: {
    -readonly [Key in keyof SearchOptions]?: SearchOptions[Key];
  } & { shape?: string } = Object.fromEntries(
    Object.entries(TRAINING_FLAGS).flatMap(([option, { attribute }]) => {
      const value = (flags as CommanderFlags)[attribute];
      return value === undefined ? [] : [[option, value]];
    }),
  );
  const { method = 'edge-popup', shape, ...others } = given;
  if (shape === undefined) throw new UsageError('give the network with --shape 784-300-100-10');
  return { ...others, method, ...readShape(shape, input) };
}
