/** What the figures of blocks have in common: a block found in real signs, and its layers as they are drawn. */
import type { Construction, Plan } from '../../src/constructions/construction.js';
import { type NeuronLayout, type Role, roleAt, UNKNOWN } from '../../src/constructions/roles.js';
import type { DrawnLayer } from '../../src/figures/pruned-network.js';
import type { IntegerMatrix, IntegerNetwork } from '../../src/integer/integer-network.js';
import type { LayerMask } from '../../src/source/mask.js';
import { type PrunedLayer, pruneSource } from '../../src/source/pruned-network.js';
import { widthOf } from '../../src/source/shape.js';
import { createSource, type Source } from '../../src/source/source.js';

/** One matrix, without places. */
export function matrixNetwork(matrix: IntegerMatrix): IntegerNetwork {
  return {
    matrices: [matrix],
    constant: false,
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
}

export interface FoundBlock {
  readonly source: Source;
  readonly layout: NeuronLayout;
  /** The live layers, from 1. */
  readonly live: readonly PrunedLayer[];
}

/** Finds the integers in the source of this seed. */
export function findFigure<P extends Plan>(
  construction: Construction<P>,
  target: IntegerNetwork,
  plan: P,
  seed: bigint,
): FoundBlock {
  const source = createSource(seed, plan.shape);
  const masks: LayerMask[] = [];
  const finding = construction.find(target, source, plan, (_, mask) => masks.push(mask));
  if (!finding.found) throw new Error(`seed ${seed} lacks ${finding.unmet.demand}`);
  const live = pruneSource(source, (t) => masks[t - 1]);
  return { source, layout: finding.layout, live };
}

/** What the layout has the neurons of layer t for. */
export function rolesAt(layout: NeuronLayout, t: number, neurons: Iterable<number>): Role[] {
  const placed = layout.layer(t);
  return Array.from(neurons, (neuron) => roleAt(placed, neuron) ?? UNKNOWN);
}

export interface LayerDrawing {
  readonly t: number;
  readonly name: string;
  readonly ids: readonly number[];
  /** Whether it says how many neurons of the source it shows. */
  readonly isCounted: boolean;
  readonly row: (index: number) => number;
  readonly label: (index: number) => string;
  readonly color: (index: number) => string;
}

export function drawnLayer(
  { shape }: Plan,
  { t, name, ids, isCounted, row, label, color }: LayerDrawing,
): DrawnLayer {
  return {
    name,
    ...(isCounted && { note: `${ids.length} of ${widthOf(shape, t)}` }),
    neurons: ids.map((id, index) => ({
      id: `${id}`,
      row: row(index),
      label: label(index),
      color: color(index),
    })),
  };
}
