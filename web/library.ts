/** What the page draws with, out of the library's own figures; the worker takes the rest from its entries. */
export { concatenate } from '../src/core/concatenate.js';
export { complete } from '../src/core/steps.js';
export { comparisonFigures } from '../src/figures/comparison-figures.js';
export {
  CELL_GROUPS,
  cellOpacity,
  cellPlace,
  GROUP_COLOURS,
  gridOf,
  litBy,
  type NeuronMap,
  neuronMap,
} from '../src/figures/neuron-map.js';
export {
  drawBrackets,
  drawCells,
  drawLayerFrame,
  type MapFrame,
  mapFrame,
} from '../src/figures/neuron-map-drawing.js';
export * as palette from '../src/figures/palette.js';
export { type LineStyle, type Pen, svgPen } from '../src/figures/pen.js';
export { element, svgDocument } from '../src/figures/svg.js';
export { estimateTextWidth } from '../src/figures/text-width.js';
export {
  type LadderSource,
  ladderSource,
  type WeightLadder,
  weightLadder,
} from '../src/figures/weight-ladder.js';
export {
  drawLadder,
  ladderFrame,
  ladderLayerAt,
  ladderX,
} from '../src/figures/weight-ladder-drawing.js';
export { tracerOn } from '../src/inference/trace.js';
export {
  compileTrained,
  countCorrectSteps,
  layeredEngineSteps,
} from '../src/inference/trained-layers.js';
export { sourceWeights, widthsOf } from '../src/source/shape.js';
export { inputsOf, parameterCount } from '../src/target/network.js';
export { type SourceEdge, toDense } from '../src/ticket/change-edges.js';
export { liveLayersSteps } from '../src/ticket/live-layers.js';
