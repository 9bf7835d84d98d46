/**
 * What a network and a domain have to be, checked where callers pass them: a network of the wrong form
 * would be found, and "proved", as something else. Readers make them right.
 */
import { shown } from '../core/arguments.js';
import { InputError, MisfitError, UsageError } from '../core/errors.js';
import { checkExactArray, checkLinearMap, refuse } from './check-linear-map.js';
import { outputChannels } from './linear-map.js';
import { type Domain, type Layer, matrixOf, type Network, readsOf } from './network.js';

/**
 * Throws an `InputError` that names the place unless this is a network that everything here
 * understands: one that `checkLayers` takes, of matrices, each of which reads the layer before.
 */
export function checkNetwork(network: Network, argument = 'network'): void {
  checkLayers(network, argument);
  network.layers.forEach((layer, index) => {
    const place = `${argument}.layers[${index}]`;
    matrixOf(layer, place);
    const reads = readsOf(layer, index);
    if (reads.length === 1 && reads[0] === index) return;
    const read = reads.map((number) => (number === 0 ? 'the input' : `layer ${number}`)).join(', ');
    throw new InputError({
      place: `${place}.reads`,
      problem: `it reads ${read}, where only the layer before is understood so far`,
      remedy: 'give a chain of layers',
    });
  });
}

/**
 * Throws an `InputError` that names the place unless this is a network: matrices and convolutions of
 * finite numbers that fit what they read, all but the last with ReLU, and a domain of its inputs.
 */
export function checkLayers(network: Network, argument = 'network'): void {
  const layers: unknown = (network as Network | undefined | null)?.layers;
  if (!Array.isArray(layers) || layers.length === 0) {
    refuse(argument, 'it has no layers');
  }
  const all = layers as readonly Layer[];
  const read = new Set<number>();
  all.forEach((layer, index) => {
    const place = `${argument}.layers[${index}]`;
    if (typeof layer !== 'object' || layer === null) refuse(place, 'it is no layer');
    checkLinearMap(layer, place);
    checkReads(all, index, place);
    for (const number of readsOf(layer, index)) read.add(number);
    const { activation } = layer;
    if (activation !== 'relu' && activation !== 'identity') {
      refuse(`${place}.activation`, `${shown(activation)} is neither relu nor identity`);
    }
    if (activation !== 'relu' && index < all.length - 1) {
      refuse(`${place}.activation`, 'an inner layer without ReLU');
    }
    checkExactArray(layer.bias, outputChannels(layer), `${place}.bias`);
  });
  for (let number = 1; number < all.length; number++) {
    if (!read.has(number)) refuse(`${argument}.layers[${number - 1}]`, 'no layer reads it');
  }
  checkDomain(network.domain, all[0].inputs, `${argument}.domain`);
}

/** Earlier layers, each at most once, that have as many outputs together as the layer has inputs. */
function checkReads(layers: readonly Layer[], index: number, place: string): void {
  const reads: unknown = readsOf(layers[index], index);
  if (!Array.isArray(reads) || reads.length === 0 || new Set(reads).size < reads.length) {
    refuse(`${place}.reads`, 'it is no list of different layers');
  }
  if (index === 0 && reads[0] !== 0) refuse(`${place}.reads`, 'the first layer reads the input, 0');
  let outputs = 0;
  for (const number of reads as unknown[]) {
    if (!Number.isInteger(number) || (number as number) < 0 || (number as number) > index) {
      refuse(`${place}.reads`, `${shown(number)} is no layer before it`);
    }
    outputs += number === 0 ? layers[0].inputs : layers[(number as number) - 1].outputs;
  }
  const { inputs } = layers[index];
  if (inputs === outputs) return;
  const what =
    reads.length === 1 && reads[0] === index ? 'the layer before has' : 'what it reads has';
  refuse(place, `${inputs} inputs, ${what} ${outputs} outputs`);
}

/**
 * Throws a `UsageError` unless this is a domain, and a `MisfitError` unless it has so many coordinates.
 */
export function checkDomain(domain: Domain, inputs: number, option = 'domain'): void {
  switch ((domain as Domain | undefined | null)?.kind) {
    case 'all':
      return;
    case 'ball': {
      const { radius } = domain as Extract<Domain, { kind: 'ball' }>;
      if (radius >= 0 && Number.isFinite(radius)) return;
      throw new UsageError(`${option}: a ball of radius ${radius}`);
    }
    case 'box':
      checkBox(domain as Extract<Domain, { kind: 'box' }>, inputs, option);
      return;
    default:
      throw new UsageError(`${option}: it is neither all, a ball nor a box`);
  }
}

function checkBox(
  { lower, upper }: Extract<Domain, { kind: 'box' }>,
  inputs: number,
  option: string,
): void {
  if (!(lower instanceof Float64Array) || !(upper instanceof Float64Array)) {
    throw new UsageError(`${option}: the bounds of a box are two Float64Arrays`);
  }
  for (const bounds of [lower, upper]) {
    if (bounds.length === inputs) continue;
    throw new MisfitError(
      `${option}: a box of ${bounds.length} coordinates, the network has ${inputs} inputs`,
    );
  }
  for (let input = 0; input < inputs; input++) {
    if (lower[input] <= upper[input]) continue;
    throw new UsageError(
      `${option}: coordinate ${input + 1} lies nowhere, from ${lower[input]} to ${upper[input]}`,
    );
  }
}
