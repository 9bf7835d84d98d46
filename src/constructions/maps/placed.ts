/** The roles that layouts of feature maps give neurons, which are channels: the same at every position. */
import type { InputPart } from '../../integer/input-parts.js';
import type { ClassBlock } from '../../integer/network-class.js';
import { blockEndsOf, widthOf } from '../../source/shape.js';
import { classParts } from '../block-inputs.js';
import { hornerLayer } from '../horner/horner.js';
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
import { placedInLayer } from '../skip/placed.js';
import type { GroupedLayout, MapsLayout, ScaleLayout } from './layout.js';
import { knownRows, type MapsClass, type MapsPlan } from './plan.js';
import { scaleDemand } from './scale.js';

/** What the roles of a block's neurons follow from. */
interface PlacedBlock<Layout = MapsLayout> {
  readonly layout: Layout;
  readonly known: ClassBlock['known'];
  readonly parts: readonly InputPart[];
  /** Of its rows, the constant's last. */
  readonly outputs: readonly Role[];
}

/** The part that a row of a single entry holds. */
function partOfRow({ known, parts }: PlacedBlock<unknown>, row: number): InputPart {
  return parts[known[row]?.[0]?.column as number] as InputPart;
}

/** Hidden neurons of a scale block: those that wait, and copies, which hold what all copies before add up to. */
function scaleRoles(block: PlacedBlock<ScaleLayout>, level: number): Placed {
  const { known, layout } = block;
  const { growing, waiting } = scaleDemand(known);
  const { grown, copies, waited } = layout.layers[level - 1] as ScaleLayout['layers'][number];
  const power = layout.layers
    .slice(0, level - 1)
    .reduce((sum, { copies: before }) => sum + Math.log2(before), 0);
  const held = (row: number): Role => {
    const part = partOfRow(block, row);
    return power === 0 ? carrierOf(part) : gadgetOf(part, power);
  };
  const placed: Placed = Array.from(grown, (neuron, at) => {
    return [neuron, held(growing[Math.floor(at / copies)] as number)] as const;
  });
  waited.forEach((neuron, at) => {
    placed.push([neuron, carrierOf(partOfRow(block, waiting[at] as number))]);
  });
  return placed;
}

/** The roles of a layer with those of more neurons. */
function withMore(layer: LayerRoles, more: Placed): LayerRoles {
  if (more.length === 0) return layer;
  const placed = layer.roles.map((role, at) => [layer.neurons[at] as number, role] as const);
  return sortedRoles(layer, [...placed, ...more]);
}

/** A role of a part, whose outputs are counted from `first` on in the block. */
function withOutputsFrom(role: Role, first: number): Role {
  if (role.kind !== 'accumulator' || role.output === 'constant') return role;
  return { ...role, output: first + role.output };
}

/** A hidden layer of a grouped block: its parts side by side, and what is handed on. */
function groupedLayer(place: LayerPlace, block: PlacedBlock<GroupedLayout>): LayerRoles {
  const { layout, parts } = block;
  const placed: Placed = layout.parts.flatMap(({ place: at, inputs, horner, firstOutput }) => {
    const own = inputs.map((column) => parts[column] as InputPart);
    const { neurons, roles } = hornerLayer(place, horner, own);
    const row = at.rows[place.level - 1] as number;
    return roles.map((role, index) => {
      return [row + (neurons[index] as number), withOutputsFrom(role, firstOutput)] as const;
    });
  });
  layout.handed[place.level - 1]?.forEach((neuron, at) => {
    placed.push([neuron, carrierOf(partOfRow(block, at))]);
  });
  return sortedRoles(place, placed);
}

/** One layer of a block; `depth` is how many it has. */
function placedLayer(place: LayerPlace, depth: number, block: PlacedBlock): LayerRoles {
  const { layout, parts, outputs } = block;
  const isLast = place.level === depth;
  const allOutputs = (): LayerRoles =>
    sortedRoles(
      place,
      Array.from(layout.rows, (neuron, row) => [neuron, outputs[row] as Role] as const),
    );
  if (isLast || layout.kind === 'direct') return allOutputs();
  if (layout.kind === 'scale') {
    return sortedRoles(place, scaleRoles({ ...block, layout }, place.level));
  }
  if (layout.kind === 'skip') {
    return placedInLayer(place, layout.skip, parts, isConstant(outputs.at(-1)));
  }
  if (layout.kind === 'grouped') return groupedLayer(place, { ...block, layout });
  const layer = hornerLayer(place, layout.horner, parts);
  if (place.level < depth - 1) return layer;
  const handed = Array.from(layout.handed.hidden, (neuron, at) => {
    return [neuron, carrierOf(partOfRow(block, at))] as const;
  });
  return withMore(layer, handed);
}

function isConstant(role: Role | undefined): boolean {
  return role?.kind === 'output' && role.output === 'constant';
}

/** Where the neurons of a plan's blocks are, by source layer. */
export function mapsLayout(
  { networkClass, shape }: MapsPlan,
  layouts: readonly MapsLayout[],
): NeuronLayout {
  const { constant } = networkClass;
  const ends = blockEndsOf(shape);
  const places = layerPlaces(ends, false);
  return neuronLayout(places, { inputs: widthOf(shape, 0), constant }, (place) => {
    const index = place.block - 1;
    const layout = layouts[index] as MapsLayout;
    const own = networkClass as MapsClass;
    const { known, form } = own.maps.blocks[index] as ClassBlock;
    return placedLayer(place, (ends[index] as number) - (ends[index - 1] ?? 0), {
      layout,
      known: form.kind === 'free' ? known : knownRows(own, index),
      parts: classParts(networkClass, index),
      outputs: outputRoles(layout.rows.length, constant && index < ends.length - 1),
    });
  });
}
