/**
 * Tickets from masks that the public PyTorch codes have trained (hidden-networks by Ramanujan et al., biprop by
 * Diffenderfer and Kailkhura, and those built on them): scores and weights as safetensors. PyTorch's random numbers
 * are not regenerated here, so the ticket stores the signs, one bit a weight.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  checkAll,
  checkBytes,
  checkList,
  checkObject,
  checkOneOf,
  checkParts,
  checkSeed,
  TEXT,
  whole,
} from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { Watch } from '../core/progress.js';
import { perform, type Steps } from '../core/steps.js';
import { trainedEngineSteps } from '../inference/trained.js';
import { type DenseMask, wordsPerColumn } from '../source/mask.js';
import { type MaskSize, maskSizes } from '../source/shape.js';
import { packSigns } from '../source/stored-signs.js';
import { decodeSafetensors } from '../ticket/safetensors.js';
import { type Standardization, type TrainedActivation, trainedShape } from '../ticket/trained.js';
import { type LayerNormalization, normalizationOf } from '../ticket/trained-normalization.js';
import { modulesWith, numbersOf, refuseCheckpoint, type Tensors } from './checkpoint-layers.js';
import { HIDDEN_ACTIVATIONS, METHOD_NAMES, type MethodName } from './options.js';
import { EPSILON } from './running-moments.js';
import { type SealedTicket, sealSteps } from './seal.js';
import { selectLargest } from './select.js';
import { type NetworkShape, shapeText } from './shape-text.js';

export interface ImportRequest {
  /** The safetensors file. */
  readonly bytes: Uint8Array;
  /** What its scores are: by it masks and scales follow from them. */
  readonly method: MethodName;
  readonly shape: NetworkShape;
  /** Kept fraction, of all layers or of each; what the public codes call prune rate. Not of supermask. */
  readonly keep: readonly number[];
  readonly activation: TrainedActivation;
  /** Of raw inputs, one number a channel. */
  readonly standardization: Standardization;
  /** Names of the modules of the layers in order; default: by their names. */
  readonly layers?: readonly string[];
  /** Of the probe inputs alone. */
  readonly seed?: bigint;
}

export interface ImportedTicket extends SealedTicket {
  /** The modules that the layers are from. */
  readonly layers: readonly string[];
  /** What a reader of the ticket has to know. */
  readonly notices: readonly string[];
}

/** As large as a layer of a search may be. */
const WIDTH = whole(1, 2 ** 27);

interface ImportedLayer {
  readonly mask: DenseMask;
  readonly signs: Uint8Array;
  readonly scale: number;
  /** Scores that are equal to the least that is kept, and are not kept. */
  readonly ties: number;
}

/**
 * In steps. Throws an `InputError` that names the tensor for what is no such checkpoint, or whose weights have more
 * than signs and one size a layer; a `UsageError` for a request that makes no sense.
 */
export function* importSteps(request: ImportRequest): Steps<ImportedTicket> {
  checkRequest(request);
  const { bytes, method, shape, activation, standardization, seed = 1n } = request;
  const { tensors } = decodeSafetensors(bytes);
  const sizes = maskSizes(trainedShape(shape));
  const keep = keptFractions(request, sizes.length);
  const names = request.layers ?? modulesWith(tensors, 'scores');
  if (names.length !== sizes.length) {
    const found = names.length === 0 ? 'none' : names.slice(0, 12).join(', ');
    refuseCheckpoint(
      'checkpoint',
      `scores of ${names.length} layers (${found}), where the shape has ${sizes.length}`,
      'give the shape of the network that it is of (option "shape")',
    );
  }
  const layers: ImportedLayer[] = [];
  for (const [index, size] of sizes.entries()) {
    yield { stage: 'compile', done: index, total: sizes.length };
    const name = names[index] as string;
    layers.push(importLayer(tensors, name, size, method, keep[index] as number));
  }
  const normalizations = importNormalizations(tensors, shape);
  const sealed = yield* sealSteps(
    {
      kind: 'trained',
      seed,
      ...shape,
      weights: 'sign',
      activation,
      scales: layers.map(({ scale }) => scale),
      ...(normalizations && { normalizations }),
      signs: layers.map(({ signs }) => signs),
      standardization,
      training: {
        ...{ method, weights: 'imported', keep, keepScope: 'layer', keepRamp: 0 },
        // How it was trained, the file does not say.
        ...{ epochs: 0, batch: 0, learningRate: 1, momentum: 0, weightDecay: 0 },
        ...{ schedule: 'constant', validation: 0, patience: 0, backend: 'imported', epochsUsed: 0 },
        data: bytesToHex(sha256(bytes)),
      },
    },
    (t) => (layers[t - 1] as ImportedLayer).mask,
    trainedEngineSteps,
  );
  return { ...sealed, layers: names, notices: noticesOf(method, names, layers) };
}

/** The same as one call. Throws as `importSteps` does. */
export async function importTicket(
  request: ImportRequest,
  watch: Watch = {},
): Promise<ImportedTicket> {
  return perform(importSteps(request), watch);
}

function checkRequest(request: ImportRequest): void {
  checkObject('request', request);
  const { bytes, method, shape, keep, layers, seed, activation, standardization } = request;
  checkBytes('bytes', bytes);
  checkOneOf('method', method, METHOD_NAMES);
  checkOneOf('activation', activation, HIDDEN_ACTIVATIONS);
  // Refuses what is no shape.
  const text = shapeText(shape);
  checkAll('widths', shape.widths, WIDTH);
  checkList('keep', keep);
  if (layers !== undefined) {
    checkList('layers', layers);
    checkAll('layers', layers as ArrayLike<unknown>, TEXT);
  }
  if (seed !== undefined) checkSeed(seed);
  const numbers = { mean: 'numbers', deviation: 'numbers' } as const;
  checkParts('standardization', standardization, numbers);
  const channels = shape.widths[0] as number;
  const { mean, deviation } = standardization;
  if (mean.length === channels && deviation.length === channels) return;
  throw new UsageError(`standardization: not ${channels} numbers each for ${text}`);
}

function keptFractions({ keep }: ImportRequest, layers: number): number[] {
  const fractions = keep.length === 1 ? new Array<number>(layers).fill(keep[0] as number) : keep;
  if (fractions.length !== layers) {
    throw new UsageError(`${keep.length} kept fractions for ${layers} layers`);
  }
  const wrong = fractions.find((fraction) => !(fraction > 0 && fraction <= 1));
  if (wrong === undefined) return [...fractions];
  throw new UsageError(`keep ${wrong}: give a fraction above 0, up to 1`);
}

function importLayer(
  tensors: Tensors,
  name: string,
  { inputs, outputs }: MaskSize,
  method: MethodName,
  keep: number,
): ImportedLayer {
  const count = inputs * outputs;
  const scores = numbersOf(tensors, `${name}.scores`, count);
  const weights = numbersOf(tensors, `${name}.weight`, count);
  const { kept, ties } = maskOf(scores, method, keep);
  const place = `tensor "${name}.weight"`;
  const sizes = keptSizes(weights, kept);
  if (sizes.least === 0) {
    refuseCheckpoint(place, 'a weight that is kept is 0', 'a ticket holds weights of two signs');
  }
  if (method !== 'biprop' && sizes.least !== sizes.largest) {
    refuseCheckpoint(
      place,
      `weights that are kept have sizes from ${sizes.least} to ${sizes.largest}, as random numbers have: PyTorch's are not drawn again from a seed, and a ticket has no place for 32 bits a weight`,
      'a ticket holds signs and one scale a layer: train with signed constants (in hidden-networks init signed_constant), or with biprop and import as biprop',
    );
  }
  // biprop's own count, which need not be the number of edges that it keeps.
  const scale =
    method === 'biprop' ? sizes.sum / Math.max(1, Math.trunc(keep * count)) : sizes.largest;
  const words = new Uint32Array(inputs * wordsPerColumn(outputs));
  for (let row = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++) {
      if (kept[row * inputs + column] === 0) continue;
      words[column * wordsPerColumn(outputs) + (row >>> 5)] |= 1 << (row & 31);
    }
  }
  const isPlus = (column: number, row: number): boolean =>
    (weights[row * inputs + column] as number) > 0;
  return {
    mask: { kind: 'dense', inputs, outputs, words },
    signs: packSigns(inputs, outputs, isPlus),
    scale,
    ties,
  };
}

/** Least, largest and summed size of the weights that are kept. */
function keptSizes(weights: Float64Array, kept: Uint8Array) {
  let [least, largest, sum] = [Number.POSITIVE_INFINITY, 0, 0];
  weights.forEach((weight, at) => {
    if (kept[at] === 0) return;
    const size = Math.abs(weight);
    least = Math.min(least, size);
    largest = Math.max(largest, size);
    sum += size;
  });
  return { least, largest, sum };
}

/**
 * The mask that the codes compute from scores: all but the `int((1 - k) n)` least of `|s|`; of supermask those that
 * are more likely kept than not; of scores that are all 0 or 1, as a fixed subnet has, those of 1.
 */
function maskOf(
  scores: Float64Array,
  method: MethodName,
  keep: number,
): { readonly kept: Uint8Array; readonly ties: number } {
  const isFixed = scores.every((score) => score === 0 || score === 1);
  if (isFixed || method === 'supermask') {
    return { kept: Uint8Array.from(scores, (score) => Number(score > 0)), ties: 0 };
  }
  const kept = new Uint8Array(scores.length);
  // As the codes count, which compute with float64 here.
  const count = scores.length - Math.trunc((1 - keep) * scores.length);
  const narrow = Float32Array.from(scores);
  if (count > 0) selectLargest([narrow], count, [kept]);
  let least = Number.POSITIVE_INFINITY;
  narrow.forEach((score, at) => {
    if (kept[at] === 1) least = Math.min(least, Math.abs(score));
  });
  const ties = narrow.filter((score, at) => kept[at] === 0 && Math.abs(score) === least).length;
  return { kept, ties };
}

/** Factors and shifts of all layers that the shape normalises, from running statistics; undefined if none is. */
function importNormalizations(
  tensors: Tensors,
  { widths, maps }: NetworkShape,
): (LayerNormalization | null)[] | undefined {
  const modules = modulesWith(tensors, 'running_var');
  const wanted = (maps?.layers ?? []).map(({ normalized }) => normalized === true);
  const count = wanted.filter(Boolean).length;
  if (modules.length !== count) {
    refuseCheckpoint(
      'checkpoint',
      `${modules.length} normalisations, where the shape has ${count}`,
      'give a shape with norm where the network is normalised (option "shape")',
    );
  }
  if (count === 0) return undefined;
  let next = 0;
  return wanted.map((isNormalized, index) => {
    if (!isNormalized) return null;
    return importNormalization(tensors, modules[next++] as string, widths[index + 1] as number);
  });
}

function importNormalization(tensors: Tensors, name: string, channels: number): LayerNormalization {
  const variance = numbersOf(tensors, `${name}.running_var`, channels);
  const mean = numbersOf(tensors, `${name}.running_mean`, channels);
  const own = (part: string, otherwise: number): Float64Array =>
    tensors.has(`${name}.${part}`)
      ? numbersOf(tensors, `${name}.${part}`, channels)
      : new Float64Array(channels).fill(otherwise);
  const [scale, shift] = [own('weight', 1), own('bias', 0)];
  const factors = scale.map((each, at) => each / Math.sqrt((variance[at] as number) + EPSILON));
  const wrong = factors.findIndex((factor) => !(factor >= 2 ** -200 && factor <= 2 ** 200));
  if (wrong >= 0) {
    refuseCheckpoint(
      `tensors "${name}"`,
      `channel ${wrong} is multiplied by ${factors[wrong]}`,
      'a ticket holds factors above 0',
    );
  }
  const centres = mean.map((each, at) => each - (shift[at] as number) / (factors[at] as number));
  return normalizationOf(factors, centres);
}

function noticesOf(
  method: MethodName,
  names: readonly string[],
  layers: readonly ImportedLayer[],
): string[] {
  const ties = layers.flatMap(({ ties }, index) =>
    ties === 0
      ? []
      : [
          `${names[index]}: ${ties} scores equal the least that is kept; PyTorch may keep others of them`,
        ],
  );
  const drawn =
    method === 'supermask'
      ? ['edges are drawn in training: kept here are those that are more likely kept than not']
      : [];
  return [...drawn, ...ties];
}
