/** `unearth/figures`, unstable: pictures as SVG texts. */
export { maskHeatMapFigure, ticketHeatMap } from '../figures/mask-heat-map.js';
export { paperFigures } from '../figures/paper-figures.js';
export { plotFigure } from '../figures/plot.js';
export {
  type TicketFigureOptions,
  type TicketFigures,
  ticketFigures,
} from '../figures/ticket-figures.js';
