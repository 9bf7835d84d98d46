/**
 * Draws a real random source after pruning: the neurons that are left on a path from an input to an
 * output, with their numbers in the source and what they compute, and if wanted some of their pruned
 * neighbours.
 */
import { UsageError } from '../core/errors.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { columnGroups } from '../source/columns.js';
import { keptCount, type LayerMask } from '../source/mask.js';
import { type PrunedLayer, pruneSource, readsOf } from '../source/pruned-network.js';
import {
  blockEndsOf,
  maskSizes,
  readsBeyondLayered,
  sourceWeights,
  widthOf,
  widthsOf,
} from '../source/shape.js';
import type { Source } from '../source/source.js';
import type { InputSign } from '../target/network.js';
import { describeNeurons, subscripted } from './coefficients.js';
import { liveEdges } from './live-edges.js';
import {
  type DrawnEdge,
  type DrawnLayer,
  type DrawnNeuron,
  drawPrunedNetwork,
} from './pruned-network.js';

export interface PrunedSourceOptions {
  readonly title: string;
  /** Text before the counts that end the caption. */
  readonly caption?: string;
  /** Per input, the constant not among them; by default all are non-negative. */
  readonly inputSigns?: readonly InputSign[];
  /** Whether the last input neuron is the constant 1; no by default. */
  readonly constant?: boolean;
  /** Neurons to draw in each hidden layer of which every edge is pruned; 0 by default. */
  readonly prunedNeurons?: number;
  /** Whether to draw the pruned edges between neurons that are left; no by default. */
  readonly prunedEdges?: boolean;
}

/** More neurons than this in one layer, or kept edges in all, cannot be drawn. */
export const MAXIMUM_DRAWN_NEURONS = 60;
const MAXIMUM_KEPT_EDGES = 100_000;

const grouped = new Intl.NumberFormat('en');

function checkMasks(source: Source, masks: readonly LayerMask[]): void {
  const sizes = maskSizes(source.shape);
  if (masks.length !== sizes.length) {
    throw new UsageError(
      `a source of ${sizes.length} layers has as many masks, not ${masks.length}`,
    );
  }
  let kept = 0;
  masks.forEach((mask, index) => {
    const { inputs, outputs } = sizes[index];
    if (mask.inputs !== inputs || mask.outputs !== outputs) {
      throw new UsageError(
        `the mask of layer ${index + 1} is for ${mask.inputs} by ${mask.outputs} neurons, ` +
          `the source has ${inputs} by ${outputs}`,
      );
    }
    kept += keptCount(mask);
  });
  if (kept > MAXIMUM_KEPT_EDGES) {
    throw new UsageError(`${kept} kept edges cannot be drawn; take a smaller ticket`);
  }
  checkDrawable(0, widthOf(source.shape, 0));
}

function checkDrawable(layer: number, neurons: number): void {
  if (neurons > MAXIMUM_DRAWN_NEURONS) {
    throw new UsageError(
      `layer ${layer} has ${neurons} neurons to draw, at most ${MAXIMUM_DRAWN_NEURONS} are legible; ` +
        'take a smaller ticket',
    );
  }
}

function liveLayers(source: Source, masks: readonly LayerMask[]): PrunedLayer[] {
  const live = pruneSource(source, (t) => masks[t - 1]);
  const layered = readsBeyondLayered(source.shape) === null;
  live.forEach((layer, index) => {
    checkDrawable(index + 1, layer.neurons.length);
    // In a skip source paths may lead over a layer.
    if (layer.neurons.length === 0 && (layered || index === live.length - 1)) {
      throw new UsageError(`no kept path leads through layer ${index + 1}: nothing to draw`);
    }
  });
  return live;
}

/** Order of a layer's neurons by the mean height of what it reads of the others: fewer crossings. */
function arrange(layer: PrunedLayer, heights: readonly number[]): number[] {
  const means = Array.from(layer.neurons, (_, neuron) => {
    const edges = layer.edges.subarray(layer.offsets[neuron], layer.offsets[neuron + 1]);
    return edges.reduce((sum, edge) => sum + heights[edge >>> 1], 0) / edges.length;
  });
  return [...means.keys()].sort((a, b) => means[a] - means[b] || a - b);
}

/** The first `count` neurons of a layer of `width` that are not in the ascending list. */
function deadNeurons(live: Uint32Array, width: number, count: number): number[] {
  const known = new Set(live);
  const dead: number[] = [];
  for (let id = 0; id < width && dead.length < count; id++) {
    if (!known.has(id)) dead.push(id);
  }
  return dead;
}

function drawnLayers(
  source: Source,
  live: readonly PrunedLayer[],
  options: PrunedSourceOptions,
): DrawnLayer[] {
  const widths = widthsOf(source.shape);
  const blockEnds = blockEndsOf(source.shape);
  const { constant = false, prunedNeurons = 0 } = options;
  const inputs = widths[0] - (constant ? 1 : 0);
  const inputSigns = options.inputSigns ?? new Array<InputSign>(inputs).fill('nonnegative');
  if (inputSigns.length !== inputs) {
    throw new UsageError(`the source has ${inputs} inputs, not ${inputSigns.length}`);
  }
  const texts = describeNeurons(live, blockEnds, inputSigns, constant);
  const layers: DrawnLayer[] = [
    {
      name: 'input',
      neurons: Array.from({ length: widths[0] }, (_, id) => ({
        id: `${id}`,
        label: id < inputs ? subscripted('x', id + 1) : '1',
      })),
    },
  ];
  const allHeights = [Array.from({ length: widths[0] }, (_, id) => id)];
  live.forEach((layer, index) => {
    const t = index + 1;
    const last = t === live.length;
    const read = readsOf(layer, t).flatMap((from) => allHeights[from]);
    const order = last ? [...layer.neurons.keys()] : arrange(layer, read);
    const heights = new Array<number>(order.length);
    allHeights.push(heights);
    const neurons: DrawnNeuron[] = order.map((neuron, height) => {
      heights[neuron] = height;
      const { label, formula } = texts[index][neuron];
      const id = layer.neurons[neuron];
      return {
        id: `${id}`,
        label,
        note: formula ?? (last ? `output ${id + 1}` : `#${grouped.format(id)}`),
      };
    });
    if (!last) checkDrawable(t, layer.neurons.length + prunedNeurons);
    // A column stands for every layer.
    const dead = layer.neurons.length === 0 ? Math.max(1, prunedNeurons) : prunedNeurons;
    const extra = last ? [] : deadNeurons(layer.neurons, widths[t], dead);
    neurons.push(
      ...extra.map((id) => ({
        id: `${id}`,
        label: '',
        note: `#${grouped.format(id)}`,
        dead: true,
      })),
    );
    const note = `${grouped.format(layer.neurons.length)} of ${grouped.format(widths[t])}`;
    layers.push({ name: last ? 'output' : `layer ${t}`, note, neurons });
  });
  return layers;
}

/** The kept edges, and of the pruned ones those at a neuron that is drawn only to show them. */
function drawnEdges(
  source: Source,
  live: readonly PrunedLayer[],
  layers: readonly DrawnLayer[],
  { prunedEdges = false, prunedNeurons = 0 }: PrunedSourceOptions,
): DrawnEdge[] {
  const kept = liveEdges(live, widthOf(source.shape, 0));
  const edges = kept.map(({ layer, fromLayer, from, to, sign }): DrawnEdge => {
    return { layer, fromLayer, from: `${from}`, to: `${to}`, sign, kept: true };
  });
  const nameOf = ({
    layer,
    fromLayer,
    from,
    to,
  }: Pick<DrawnEdge, 'layer' | 'fromLayer'> & {
    readonly from: string | number;
    readonly to: string | number;
  }): string => `${layer} ${fromLayer} ${from} ${to}`;
  const known = new Set(kept.map(nameOf));
  live.forEach((_, index) => {
    const t = index + 1;
    const signs = source.layer(t);
    for (const { layer: fromLayer, first } of columnGroups(source.shape, t)) {
      for (const from of layers[fromLayer].neurons) {
        for (const to of layers[t].neurons) {
          const edge = { layer: t, fromLayer, from: from.id, to: to.id };
          if (known.has(nameOf(edge))) continue;
          const dead = from.dead === true || to.dead === true;
          if (dead ? prunedNeurons === 0 : !prunedEdges) continue;
          const sign = signs.sign(first + Number(from.id), Number(to.id));
          edges.push({ ...edge, sign, kept: false });
        }
      }
    }
  });
  return edges;
}

/** Which pruned edges are drawn, as a sentence. */
function shownEdges({ prunedNeurons = 0, prunedEdges = false }: PrunedSourceOptions): string {
  const those =
    prunedNeurons > 0
      ? `those of ${prunedNeurons} pruned neuron${prunedNeurons === 1 ? '' : 's'} a layer`
      : '';
  const between = prunedEdges ? 'those between neurons that are left' : '';
  if (those === '' && between === '') return '';
  const both = [between, those].filter((part) => part !== '').join(' and ');
  return `Of the pruned weights only ${both} are shown. `;
}

/**
 * The picture of a source under its masks (`masks[t-1]` is layer t's) as an SVG file. Throws a
 * `UsageError` where masks and source disagree, where more is left than can be drawn, and for a hidden
 * neuron whose sign depends on the input.
 */
export function figureOfPrunedSource(
  source: Source,
  masks: readonly LayerMask[],
  options: PrunedSourceOptions,
): string {
  requireConnectedLayers(source.shape, 'this figure');
  checkMasks(source, masks);
  const live = liveLayers(source, masks);
  const layers = drawnLayers(source, live, options);
  const edges = drawnEdges(source, live, layers, options);
  const widths = widthsOf(source.shape);
  const kept = edges.filter((edge) => edge.kept).length;
  const hidden = live.slice(0, -1).reduce((sum, layer) => sum + layer.neurons.length, 0);
  const hiddenBefore = widths.slice(1, -1).reduce((sum, width) => sum + width, 0);
  const counts =
    `Left after pruning: ${grouped.format(kept)} of ${grouped.format(sourceWeights(source.shape))} ` +
    `random weights, ${grouped.format(hidden)} of ${grouped.format(hiddenBefore)} hidden neurons ` +
    `(# is a neuron's number in its layer). ${shownEdges(options)}Seed ${source.seed}.`;
  return drawPrunedNetwork(
    { layers, edges },
    { title: options.title, caption: `${options.caption ?? ''} ${counts}`.trim(), rowHeight: 58 },
  );
}
