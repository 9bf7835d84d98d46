/** The drawings that only the documentation uses; no part of the package. See `load.mjs`. */
export { type EngineTimes, engineTimesFigure } from './engine-times.js';
export { documentationFigures } from './gallery.js';
export { measuredFigures } from './measured.js';
