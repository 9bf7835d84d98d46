/**
 * The architecture of a network in a JSON file: layers and their sizes, no weights. What a file may say is
 * stated here; whether its sizes fit each other, `layers.ts` finds out.
 */
import { checkText } from '../../core/arguments.js';
import { InputError } from '../../core/errors.js';
import { checkedWith, z } from '../../core/zod.js';

export const ARCHITECTURE_FORMAT = 'unearth-architecture/1';
export const ARCHITECTURE_REMEDY =
  'correct the file: docs/convolution.md, "Planned from a shape", has its keys';

/** Limits that keep a hostile file from costing more than a moment. */
export const MOST_ARCHITECTURE_BYTES = 2 ** 20;
/** Those of bodies among them. */
export const MOST_LAYERS = 1000;
const MOST_CHANNELS = 2 ** 20;
const MOST_SIDE = 2 ** 14;
const MOST_KERNEL = 2 ** 10;

const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));
/** One number for both axes, or that of the height and that of the width. */
const along = (most: number) =>
  z.union([whole(1, most), z.tuple([whole(1, most), whole(1, most)])], {
    error: `Invalid input: expected a whole number from 1 to ${most}, or [height, width] of such`,
  });
const pad = whole(0, MOST_KERNEL);
const sides = z.union([pad, z.tuple([pad, pad, pad, pad])], {
  error: `Invalid input: expected a whole number from 0 to ${MOST_KERNEL}, or [top, left, bottom, right] of such`,
});
const channels = whole(1, MOST_CHANNELS);
const window = {
  kernel: along(MOST_KERNEL),
  stride: z.optional(along(MOST_KERNEL)),
  pads: z.optional(sides),
};

const convolution = z.strictObject({
  kind: z.literal('convolution'),
  channels,
  ...window,
  groups: z.optional(channels),
});
const plainLayers = [
  convolution,
  z.strictObject({ kind: z.literal('max-pooling'), ...window }),
  z.strictObject({ kind: z.literal('average-pooling'), ...window }),
] as const;
const residual = z.strictObject({
  kind: z.literal('residual'),
  body: z
    .array(z.discriminatedUnion('kind', plainLayers))
    .check(z.minLength(1), z.maxLength(MOST_LAYERS)),
  projection: z.optional(z.strictObject(window)),
});
const layer = z.discriminatedUnion('kind', [
  ...plainLayers,
  residual,
  z.strictObject({ kind: z.literal('global-average-pooling') }),
  z.strictObject({ kind: z.literal('dense'), outputs: channels }),
]);
const architecture = z.strictObject({
  format: z.literal(ARCHITECTURE_FORMAT),
  /** Whose architecture it is: for readers of the file. */
  name: z.optional(z.string().check(z.maxLength(200))),
  input: z.strictObject({ channels, height: whole(1, MOST_SIDE), width: whole(1, MOST_SIDE) }),
  layers: z.array(layer).check(z.minLength(1), z.maxLength(MOST_LAYERS)),
});

export type ArchitectureRecord = z.infer<typeof architecture>;
export type LayerRecord = z.infer<typeof layer>;
export type ResidualRecord = z.infer<typeof residual>;
export type ConvolutionRecord = z.infer<typeof convolution>;
export type WindowRecord = NonNullable<ResidualRecord['projection']>;

/** Throws the `InputError` of an architecture that is wrong at `place`. */
export function refuseArchitecture(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: ARCHITECTURE_REMEDY });
}

/** `layers[3].kernel`, as JavaScript names it. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** Reads the text of an architecture. Throws an `InputError` that names the place and the remedy. */
export function readArchitecture(text: string): ArchitectureRecord {
  checkText('text', text);
  if (text.length > MOST_ARCHITECTURE_BYTES) {
    refuseArchitecture('the file', `longer than ${MOST_ARCHITECTURE_BYTES} characters`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuseArchitecture('the file', 'not JSON');
  }
  const read = checkedWith(architecture, json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return refuseArchitecture(pathText(issue.path) || 'the file', issue.message);
}
