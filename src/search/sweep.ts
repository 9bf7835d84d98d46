/**
 * Sweeps: every combination of some options' values is a search of its own. A run is named by what it varies,
 * is plain JSON, and with the same data gives the same ticket wherever it is performed: threads, processes and
 * queues may take runs in any order.
 */
import { check, checkObject, TEXT } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { METHOD_NAMES, type MethodName, type SearchOptions, searchOptions } from './options.js';

/** The values of each option that is varied; an option that is left out is not. */
export interface SweepAxes {
  readonly method?: readonly MethodName[];
  /** Kept fractions of all layers. */
  readonly keep?: readonly number[];
  readonly seed?: readonly bigint[];
}

export interface SweepRun {
  /** `keep-0.5-seed-1`; different for each run of a sweep, and fit for a file's name. */
  readonly name: string;
  readonly options: SearchOptions;
}

/** So many searches are no slip of a key. */
const MOST_RUNS = 10_000;
const AXES = ['method', 'keep', 'seed'] as const;
type Axis = (typeof AXES)[number];

function refuse(text: string, problem: string): never {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  throw new UsageError(`option "sweep: ${shown}": ${problem}`);
}

const RANGE = /^([\d.e-]+?)\.\.([\d.e-]+?)(?:\/([\d.e-]+))?$/;

/** Numbers `from, from + step, ..` up to `to`, as decimals of no more places than the three have. */
function range(text: string, from: string, to: string, step: string): string[] {
  const places = Math.max(...[from, to, step].map((each) => (each.split('.')[1] ?? '').length));
  const unit = 10 ** places;
  const [first, last, by] = [from, to, step].map((each) => Math.round(Number(each) * unit)) as [
    number,
    number,
    number,
  ];
  if (!(by > 0 && last >= first && (last - first) / by < MOST_RUNS)) {
    refuse(text, `"${from}..${to}/${step}" is no range of at most ${MOST_RUNS} values`);
  }
  const count = Math.floor((last - first) / by) + 1;
  return Array.from({ length: count }, (_, index) => String((first + index * by) / unit));
}

function seedRange(text: string, from: string, to: string, step: string): string[] {
  if (![from, to, step].every((each) => /^\d{1,20}$/.test(each))) {
    refuse(text, `"${from}..${to}" is no range of seeds`);
  }
  const [first, last, by] = [from, to, step].map(BigInt) as [bigint, bigint, bigint];
  if (by < 1n || last < first || (last - first) / by >= BigInt(MOST_RUNS)) {
    refuse(text, `"${from}..${to}/${step}" is no range of at most ${MOST_RUNS} seeds`);
  }
  const count = Number((last - first) / by) + 1;
  return Array.from({ length: count }, (_, index) => String(first + BigInt(index) * by));
}

/**
 * Reads `keep=0.1..0.9,seed=1..3`: an option's name, then values and ranges (`0.1..0.9`, in steps of 0.1 for
 * kept fractions and of 1 for seeds; `0.02..0.1/0.04` in steps of 0.04), up to the next name. Values without a
 * name are kept fractions. Throws a `UsageError`.
 */
export function parseSweep(text: string): SweepAxes {
  check('text', text, TEXT);
  const values: Partial<Record<Axis, string[]>> = {};
  let axis: Axis = 'keep';
  for (const item of text.split(',')) {
    const at = item.indexOf('=');
    if (at >= 0) {
      const name = AXES.find((each) => each === item.slice(0, at));
      if (name === undefined)
        refuse(text, `name ${AXES.join(', ')}, as in keep=0.1..0.9,seed=1..3`);
      if (values[name] !== undefined) refuse(text, `${name} stands twice`);
      axis = name;
    }
    const value = item.slice(at + 1);
    const [, from, to, step] = RANGE.exec(value) ?? [];
    values[axis] ??= [];
    if (from === undefined || to === undefined) values[axis]?.push(value);
    else if (axis === 'seed') values[axis]?.push(...seedRange(text, from, to, step ?? '1'));
    else values[axis]?.push(...range(text, from, to, step ?? '0.1'));
  }
  const { method, keep, seed } = values;
  return {
    ...(method && { method: method.map((each) => methodOf(text, each)) }),
    ...(keep && { keep: keep.map((each) => fractionOf(text, each)) }),
    ...(seed && { seed: seed.map((each) => seedOf(text, each)) }),
  };
}

function methodOf(text: string, value: string): MethodName {
  const name = METHOD_NAMES.find((each) => each === value);
  return name ?? refuse(text, `"${value}" is none of ${METHOD_NAMES.join(', ')}`);
}

function fractionOf(text: string, value: string): number {
  const fraction = value.trim() === '' ? Number.NaN : Number(value);
  if (fraction > 0 && fraction <= 1) return fraction;
  return refuse(text, `keep "${value}": give fractions above 0, up to 1`);
}

function seedOf(text: string, value: string): bigint {
  if (!/^\d{1,20}$/.test(value) || BigInt(value) >= 1n << 64n) {
    refuse(text, `seed "${value}": give whole numbers below 2^64`);
  }
  return BigInt(value);
}

/**
 * The runs of a sweep, methods first, then kept fractions, then seeds; `given` is what all of them share. Throws
 * a `UsageError` for options that make no sense, or values that stand twice.
 */
export function sweepRuns(given: Parameters<typeof searchOptions>[0], axes: SweepAxes): SweepRun[] {
  checkObject('options', given);
  checkObject('axes', axes);
  type Choice = readonly { readonly axis: Axis; readonly value: MethodName | number | bigint }[];
  let choices: Choice[] = [[]];
  for (const axis of AXES) {
    const values = axes[axis];
    if (values === undefined) continue;
    if (!Array.isArray(values)) throw new UsageError(`axes: ${axis} is no list`);
    if (values.length * choices.length > MOST_RUNS) {
      throw new UsageError(`a sweep of more than ${MOST_RUNS} searches`);
    }
    choices = choices.flatMap((chosen) => values.map((value) => [...chosen, { axis, value }]));
  }
  const named = choices.map((chosen): SweepRun => {
    const set = Object.fromEntries(
      chosen.map(({ axis, value }) => [axis, axis === 'keep' ? [value] : value]),
    );
    return {
      name: chosen.map(({ axis, value }) => `${axis}-${value}`).join('-'),
      options: searchOptions({ ...given, ...set }),
    };
  });
  const names = new Set<string>();
  for (const { name } of named) {
    if (names.has(name)) throw new UsageError(`a sweep with ${name} twice: name each value once`);
    names.add(name);
  }
  return named;
}
