/**
 * What a network and a domain have to be, checked where callers pass them: a network of the wrong form
 * would be found, and "proved", as something else. Readers make them right.
 */
import { shown } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import { checkDense, checkExactArray, refuse } from './check-dense.js';
import {
  type Domain,
  fullyConnectedOnly,
  type Layer,
  matrixOf,
  type Network,
  readsOf,
} from './network.js';

/**
 * Throws an `InputError` that names the place unless this is a network that everything here
 * understands: matrices of finite numbers that fit each other, one after another, all but the last with
 * ReLU, and a domain of its inputs. What else can be evaluated, `checkLayers` says.
 */
export function checkNetwork(network: Network, argument = 'network'): void {
  const layers = checkedLayers(network, argument);
  layers.forEach((layer, index) => {
    const place = `${argument}.layers[${index}]`;
    if (isOfMaps(layer)) matrixOf(layer, place);
    if (layer.kind !== 'dense') refuse(place, 'it is neither a matrix nor of feature maps');
    checkDense(layer, place);
    const reads: unknown = readsOf(layer, index);
    if (!Array.isArray(reads) || reads.length !== 1 || reads[0] !== index) {
      const read = Array.isArray(reads) ? reads.map(shown).join(', ') : shown(reads);
      throw fullyConnectedOnly(`${place}.reads`, `it reads the layers ${read}`);
    }
    const before = layers[index - 1]?.outputs ?? layer.inputs;
    if (layer.inputs !== before) {
      refuse(place, `${layer.inputs} inputs, the layer before has ${before} outputs`);
    }
    checkActivation(layer, index === layers.length - 1, place);
    checkExactArray(layer.bias, layer.outputs, `${place}.bias`);
  });
  checkDomain(network.domain, layers[0].inputs, `${argument}.domain`);
  if (network.channelsLast !== undefined) {
    throw fullyConnectedOnly(`${argument}.channelsLast`, 'its inputs are feature maps');
  }
}

function isOfMaps({ kind }: Layer): boolean {
  return kind === 'convolution' || kind === 'sum' || kind === 'max-pooling';
}

/** At least one, each an object; nothing else is checked. */
export function checkedLayers(network: Network, argument: string): readonly Layer[] {
  const layers: unknown = (network as Network | undefined | null)?.layers;
  if (!Array.isArray(layers) || layers.length === 0) refuse(argument, 'it has no layers');
  layers.forEach((layer: unknown, index) => {
    if (typeof layer === 'object' && layer !== null) return;
    refuse(`${argument}.layers[${index}]`, 'it is no layer');
  });
  return layers as readonly Layer[];
}

export function checkActivation({ activation }: Layer, isLast: boolean, place: string): void {
  if (activation !== 'relu' && activation !== 'identity') {
    refuse(`${place}.activation`, `${shown(activation)} is neither relu nor identity`);
  }
  if (activation !== 'relu' && !isLast) {
    refuse(`${place}.activation`, 'an inner layer without ReLU');
  }
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
