/** The roles that a layout of skip gives neurons. */
import type { InputPart } from '../../integer/input-parts.js';
import { blockEndsOf, widthOf } from '../../source/shape.js';
import { classParts } from '../block-inputs.js';
import {
  carrierOf,
  gadgetOf,
  type LayerPlace,
  type LayerRoles,
  layerPlaces,
  type NeuronLayout,
  neuronLayout,
  outputRoles,
  type Placed,
  type Role,
  sortedRoles,
} from '../roles.js';
import type { BlockLayout } from './layout.js';
import type { SkipPlan } from './plan.js';

const OFFSET_ROLE: Role = { kind: 'offset' };
const RELAY: Role = { kind: 'relay' };
const BASE: Role = { kind: 'base' };

/** Roles of a block's neurons, which depend on more than their layer. */
class BlockRoles {
  readonly #layout: BlockLayout;
  readonly #parts: readonly InputPart[];
  readonly #outputs: readonly Role[];

  constructor(layout: BlockLayout, parts: readonly InputPart[], constantOutput: boolean) {
    this.#layout = layout;
    this.#parts = parts;
    this.#outputs = outputRoles(layout.outputs.length, constantOutput);
  }

  /** A role of each chain; those of the offset, and those that fill a group with it, are the offset's. */
  #ofChain(chain: number, kind: 'unit' | 'accumulator'): Role {
    const output = this.#outputs[this.#layout.chainOutputs[chain]];
    return output?.kind === 'output' ? { kind, output: output.output } : OFFSET_ROLE;
  }

  /** How often inputs were doubled up to and in this layer. */
  #power(level: number): number {
    const { layers } = this.#layout;
    return layers.slice(0, level).filter(({ kind }) => kind === 'doubling').length;
  }

  /** The neurons that fixed edges lead into, in the order that they were placed in, each once. */
  #placed(level: number, isOffset: boolean): number[] {
    const { edges } = this.#layout;
    const rows = edges.flatMap((some) =>
      some.layer === level && (some.isOffset === true) === isOffset ? [...some.rows] : [],
    );
    return [...new Set(rows)];
  }

  /** The placed neurons of layer `level` of the block, from 1. */
  at(level: number): Placed {
    const { layers, outputs, accumulators, top, isSigned, chainOutputs } = this.#layout;
    const placed = this.#placed(level, false);
    const perPart = placed.length / this.#parts.length;
    const byPart = (role: (part: number) => Role): Placed =>
      placed.map((neuron, index) => [neuron, role(Math.floor(index / perPart))]);
    switch (layers[level - 1].kind) {
      case 'split':
        return byPart((part) => carrierOf(this.#parts[part]));
      case 'sum':
      case 'total':
      case 'base':
        return placed.map((neuron) => [neuron, BASE]);
      case 'doubling':
      case 'doubled':
        return byPart((part) => gadgetOf(this.#parts[part], this.#power(level)));
      case 'units': {
        if (isSigned && accumulators.size === 0) {
          return byPart((part) => gadgetOf(this.#parts[part], this.#power(level)));
        }
        const [units] = top;
        // Chains without digits have units all the same, known by the tops that read them.
        const read = this.#layout.edges.find(({ from }) => from === level);
        const all = read?.neurons ?? units.rows;
        const copies = all.length / chainOutputs.length;
        return Array.from(all, (neuron, index) => [
          neuron,
          this.#ofChain(Math.floor(index / copies), 'unit'),
        ]);
      }
      case 'relays': {
        const copies = this.#placed(level, true);
        return [
          ...placed.map((neuron): [number, Role] => [neuron, RELAY]),
          ...copies.map((neuron): [number, Role] => [neuron, OFFSET_ROLE]),
        ];
      }
      case 'tops':
      case 'accumulators':
        return Array.from(accumulators.get(level) ?? [], (neuron, chain) => [
          neuron,
          this.#ofChain(chain, 'accumulator'),
        ]);
      case 'outputs':
        return Array.from(outputs, (neuron, output) => [neuron, this.#outputs[output]]);
    }
  }
}

/** The neurons of one layer of a block, given the parts of the block's inputs. */
export function placedInLayer(
  place: LayerPlace,
  layout: BlockLayout,
  parts: readonly InputPart[],
  constantOutput: boolean,
): LayerRoles {
  return sortedRoles(place, new BlockRoles(layout, parts, constantOutput).at(place.level));
}

/** Where the neurons of a plan's blocks are, by source layer. */
export function placedRoles(
  { networkClass, shape }: SkipPlan,
  layouts: readonly BlockLayout[],
): NeuronLayout {
  const { constant } = networkClass;
  const places = layerPlaces(blockEndsOf(shape), false);
  return neuronLayout(places, { inputs: widthOf(shape, 0), constant }, (place) => {
    const layout = layouts[place.block - 1];
    const constantOutput = constant && place.block < layouts.length;
    const parts = classParts(networkClass, place.block - 1);
    return placedInLayer(place, layout, parts, constantOutput);
  });
}
