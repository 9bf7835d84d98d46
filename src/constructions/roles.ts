/**
 * What single neurons of a source are there for, in the words of the constructions: the form in which
 * `find` hands out its layout, and in which roles are read off a ticket's masks. Of feature maps a neuron is a
 * channel, which does the same at every position; inputs and outputs are channels too.
 */
import { checkParts, checkWhole } from '../core/arguments.js';
import { upTo } from '../core/growable.js';
import type { Coordinate, InputPart, Part } from '../integer/input-parts.js';

export type Role =
  /** An input of the whole source. */
  | { readonly kind: 'input'; readonly input: Coordinate }
  /** Holds one part of one input of its block, unchanged (in a baseline: times a weight). */
  | {
      readonly kind: 'carrier';
      readonly input: Coordinate;
      readonly part: Part;
      /** Of feature maps: the tap of the block's kernel that sees it; see `InputPart`. */
      readonly tap?: number;
    }
  /** Of horner and skip: in the chain of an output, whose digits it takes up. */
  | { readonly kind: 'accumulator'; readonly output: Coordinate }
  /** Of horner and skip: in a chain of the offset, or a copy of it in the last hidden layer. */
  | { readonly kind: 'offset' }
  /** Of skip: takes digits for the top of an output's chain. */
  | { readonly kind: 'unit'; readonly output: Coordinate }
  /** Of skip, and of horner's chains in fours: reads a group of chains, and those of the next level it. */
  | { readonly kind: 'relay' }
  /** Of skip: the sum of all parts of the inputs, or of some of them on the way. */
  | { readonly kind: 'base' }
  /**
   * Of diamond and skip, and where feature maps are brought to a common scale: holds `2^power` times a part of
   * an input, or is one of two that add up to it.
   */
  | {
      readonly kind: 'gadget';
      readonly input: Coordinate;
      readonly part: Part;
      readonly tap?: number;
      readonly power: number;
    }
  /** Holds an output of its block. */
  | { readonly kind: 'output'; readonly output: Coordinate }
  /** None of these, or what it is cannot be told. */
  | { readonly kind: 'unknown' };

export type RoleKind = Role['kind'];

export const ROLE_KINDS: readonly RoleKind[] = [
  'input',
  'carrier',
  'accumulator',
  'offset',
  'unit',
  'relay',
  'base',
  'gadget',
  'output',
  'unknown',
];

export const UNKNOWN: Role = { kind: 'unknown' };

/** A part by its names, which stand in roles in this order. */
function names({ input, part, tap }: InputPart): Pick<InputPart, 'input' | 'part' | 'tap'> {
  return tap === undefined ? { input, part } : { input, part, tap };
}

export function carrierOf(part: InputPart): Role {
  return { kind: 'carrier', ...names(part) };
}

export function gadgetOf(part: InputPart, power: number): Role {
  return { kind: 'gadget', ...names(part), power };
}

/** Where a source layer is within the blocks. */
export interface LayerPlace {
  /** From 0, the inputs, through the whole source. */
  readonly layer: number;
  /** The block that the layer belongs to, from 1; the inputs are the first block's. */
  readonly block: number;
  /**
   * Its number in the block: hidden layers from 1, the outputs one more than the last of them, 0 for the
   * inputs and for the layer that splits signed inputs.
   */
  readonly level: number;
}

/** Roles of neurons of one source layer. */
export interface LayerRoles extends LayerPlace {
  /** Their numbers in the layer, ascending. */
  readonly neurons: Uint32Array;
  /** `roles[i]` is the role of `neurons[i]`; equal roles of a block are one object. */
  readonly roles: readonly Role[];
}

/** Where a construction placed neurons, whether or not the network found keeps edges at them. */
export interface NeuronLayout {
  /** The placed neurons of layer t, 0 .. L. Throws a `UsageError` for another layer. */
  layer(t: number): LayerRoles;
}

/** The role of a neuron, or undefined where the layer lists none for it. */
export function roleAt(layer: LayerRoles, neuron: number): Role | undefined {
  checkParts('layer', layer, { neurons: 'object', roles: 'object' });
  const { neurons, roles } = layer;
  let low = 0;
  let high = neurons.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (neurons[middle] < neuron) low = middle + 1;
    else high = middle;
  }
  return neurons[low] === neuron ? roles[low] : undefined;
}

/** How many neurons of these layers have each role. */
export function countRoles(layers: readonly LayerRoles[]): Record<RoleKind, number> {
  const counts = Object.fromEntries(ROLE_KINDS.map((kind) => [kind, 0])) as Record<
    RoleKind,
    number
  >;
  for (const { roles } of layers) for (const { kind } of roles) counts[kind]++;
  return counts;
}

/** Places each layer of a source, of which the first block may begin with a splitting layer. */
export function layerPlaces(blockEnds: readonly number[], split: boolean): LayerPlace[] {
  const places: LayerPlace[] = [{ layer: 0, block: 1, level: 0 }];
  let start = 0;
  blockEnds.forEach((end, index) => {
    const first = index === 0 && split ? 0 : 1;
    for (let layer = start + 1; layer <= end; layer++) {
      places.push({ layer, block: index + 1, level: layer - start - 1 + first });
    }
    start = end;
  });
  return places;
}

/** Layer 0 of a source, all of it. */
export function inputLayer(place: LayerPlace, width: number, constant: boolean): LayerRoles {
  return {
    ...place,
    neurons: upTo(width),
    roles: Array.from({ length: width }, (_, input): Role => {
      return { kind: 'input', input: constant && input === width - 1 ? 'constant' : input };
    }),
  };
}

/** The layout whose layers are at these places, inputs first; `rolesAt` says what the later ones hold. */
export function neuronLayout(
  places: readonly LayerPlace[],
  { inputs, constant }: { readonly inputs: number; readonly constant: boolean },
  rolesAt: (place: LayerPlace) => LayerRoles,
): NeuronLayout {
  return {
    layer(t) {
      checkWhole('layer', t, 0, places.length - 1);
      const place = places[t];
      return t === 0 ? inputLayer(place, inputs, constant) : rolesAt(place);
    },
  };
}

/** The roles of the outputs of a block; the constant, where it goes on, is the last of them. */
export function outputRoles(outputs: number, constantOutput: boolean): Role[] {
  return Array.from({ length: outputs }, (_, output): Role => {
    const constant = constantOutput && output === outputs - 1;
    return { kind: 'output', output: constant ? 'constant' : output };
  });
}

/** Neurons of one layer with their roles. */
export type Placed = (readonly [neuron: number, role: Role])[];

/** Roles of placed neurons in any order, brought to the order of their numbers. */
export function sortedRoles(place: LayerPlace, placed: Readonly<Placed>): LayerRoles {
  const sorted = [...placed].sort(([a], [b]) => a - b);
  return {
    ...place,
    neurons: Uint32Array.from(sorted, ([neuron]) => neuron),
    roles: sorted.map(([, role]) => role),
  };
}
