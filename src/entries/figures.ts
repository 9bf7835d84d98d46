/** `unearth/figures`, unstable: pictures as SVG texts. */
export { maskHeatMapFigure, ticketHeatMap } from '../figures/mask-heat-map.js';
export { paperFigures } from '../figures/paper-figures.js';
export { plotFigure } from '../figures/plot.js';
