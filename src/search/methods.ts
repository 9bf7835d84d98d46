/** The methods, by name. */
import { biprop } from './biprop.js';
import { edgePopup } from './edge-popup.js';
import type { MaskMethod } from './method.js';
import type { MethodName } from './options.js';
import { supermask } from './supermask.js';

export const METHODS: Readonly<Record<MethodName, MaskMethod>> = {
  'edge-popup': edgePopup,
  biprop,
  supermask,
};
