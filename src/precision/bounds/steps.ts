/**
 * What the bounds take, in steps of about a nanosecond, from the widths of the layers alone: fitted to
 * networks of 50 to 800 neurons a layer.
 */

/** Of a layer; any with these counts has a cost. */
export interface LayerSize {
  readonly inputs: number;
  readonly outputs: number;
}

/** A multiplication in a long row, and what a row takes beside them. */
const PRODUCT = 0.3;
const ROW = 100;
/** For each weight: the directions in which parameters are learned run back through it. */
const DIRECTIONS = 100;
/** For a layer, whatever is in it. */
const LAYER = 20_000;

/** One round of learning with the ellipsoid chain: cubic in the widths. */
export function chainSteps(layers: readonly LayerSize[]): number {
  return layers.reduce((sum, { inputs, outputs }, index) => {
    const image =
      index === 0
        ? outputs ** 2 * (PRODUCT * inputs + ROW)
        : outputs * (inputs + outputs) * (PRODUCT * inputs + ROW);
    // The image under ReLU: a factor, its inverse, two products.
    const hidden = index < layers.length - 1 ? 4 * outputs ** 2 * (PRODUCT * outputs + ROW) : 0;
    return sum + 2 * image + hidden + DIRECTIONS * inputs * outputs + LAYER;
  }, 0);
}

/** A multiplication of the relaxation. */
const FORM_PRODUCT = 4;

/** Multiplications of the difference relaxation: each neuron may add two symbols. */
export function relaxationWork(layers: readonly LayerSize[]): number {
  let symbols = layers[0].inputs;
  let work = 0;
  for (const { inputs, outputs } of layers) {
    work += 3 * inputs * outputs * symbols;
    symbols += 2 * outputs;
  }
  return work;
}

export function relaxationSteps(layers: readonly LayerSize[]): number {
  return FORM_PRODUCT * relaxationWork(layers) + LAYER * layers.length;
}

/** A multiplication of a row that is carried back, and what it takes beside those. */
const ROW_PRODUCT = 1.5;

/** Ranges by rows: two of each neuron, through all layers before it. */
export function rowSteps(layers: readonly LayerSize[]): number {
  let before = 0;
  return layers.reduce((sum, { inputs, outputs }) => {
    before += inputs * outputs;
    return sum + 2 * outputs * (ROW_PRODUCT * before + ROW) + LAYER;
  }, 0);
}

/** Factorisations that the search for a shift may try: power iteration can be far below the norm. */
const FACTORISATIONS = 100;

/** The norm chain: Gram matrices up to a size, of the rounded weights and of the difference. */
export function normSteps(layers: readonly LayerSize[], largestGram: number): number {
  return layers.reduce((sum, { inputs, outputs }) => {
    const size = Math.min(inputs, outputs);
    const gram =
      size > largestGram
        ? 0
        : size ** 2 * (PRODUCT * Math.max(inputs, outputs) + ROW) +
          (FACTORISATIONS * size ** 3) / 6;
    return sum + 2 * gram + 10 * inputs * outputs + LAYER;
  }, 0);
}

/** The interval chain. */
export function intervalSteps(layers: readonly LayerSize[]): number {
  return layers.reduce((sum, { inputs, outputs }) => sum + 10 * inputs * outputs + LAYER / 10, 0);
}

/** Rounding with feedback between the entries of a layer, and what it is prepared from. */
export function feedbackSteps(layers: readonly LayerSize[]): number {
  return layers.reduce(
    (sum, { inputs, outputs }) =>
      sum + inputs * outputs * (inputs + outputs) + inputs ** 3 + outputs ** 3 + LAYER,
    0,
  );
}
