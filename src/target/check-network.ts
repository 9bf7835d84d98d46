/**
 * What a network and a domain have to be, checked where callers pass them: a network of the wrong form
 * would be found, and "proved", as something else. Readers make them right.
 */
import { shown } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import { checkExactArray, checkLinearMap, refuse } from './check-linear-map.js';
import { outputChannels } from './linear-map.js';
import { type Domain, type Layer, matrixOf, type Network } from './network.js';

/**
 * Throws an `InputError` that names the place unless this is a network: layers that fit each other, of
 * finite numbers, all but the last with ReLU, and a domain of its inputs.
 */
export function checkNetwork(network: Network, argument = 'network'): void {
  const layers: unknown = (network as Network | undefined | null)?.layers;
  if (!Array.isArray(layers) || layers.length === 0) {
    refuse(argument, 'it has no layers');
  }
  const all = layers as readonly Layer[];
  all.forEach((layer, index) => {
    const place = `${argument}.layers[${index}]`;
    if (typeof layer !== 'object' || layer === null) refuse(place, 'it is no layer');
    checkLinearMap(layer, place);
    matrixOf(layer, place);
    const { inputs, activation } = layer;
    if (index > 0 && inputs !== all[index - 1].outputs) {
      refuse(place, `${inputs} inputs, the layer before has ${all[index - 1].outputs} outputs`);
    }
    if (activation !== 'relu' && activation !== 'identity') {
      refuse(`${place}.activation`, `${shown(activation)} is neither relu nor identity`);
    }
    if (activation !== 'relu' && index < all.length - 1) {
      refuse(`${place}.activation`, 'an inner layer without ReLU');
    }
    checkExactArray(layer.bias, outputChannels(layer), `${place}.bias`);
  });
  checkDomain(network.domain, all[0].inputs, `${argument}.domain`);
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
