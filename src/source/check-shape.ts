/** What a shape must satisfy to be a source's, and what it must not have where only some layers are known. */
import { checkObject, checkWhole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import {
  columnsOf,
  type LayerGroup,
  MAXIMUM_WIDTH,
  readingOf,
  type SourceLayer,
  type SourceShape,
} from './shape.js';

function checkReads(reads: unknown, t: number, blockInput: number): void {
  const place = `shape, layer ${t}: reads`;
  if (!Array.isArray(reads) || reads.length === 0) {
    throw new UsageError(`${place}: no list of layers`);
  }
  for (const [index, layer] of reads.entries()) {
    if (!(Number.isInteger(layer) && layer >= blockInput && layer < t)) {
      throw new UsageError(
        `${place}: layer ${String(layer)} is none of ${blockInput} to ${t - 1}, its block's input and the earlier layers of its block`,
      );
    }
    const before = index === 0 ? -1 : (reads[index - 1] as number);
    if (layer === before) throw new UsageError(`${place}: layer ${layer} twice`);
    if (layer < before) {
      throw new UsageError(`${place}: layer ${layer} after layer ${before}; list them ascending`);
    }
  }
}

function checkPlane(part: string, value: unknown, sides: readonly string[], least: number): void {
  checkObject(part, value);
  for (const side of sides) {
    checkWhole(`${part}.${side}`, (value as Record<string, unknown>)[side], least, MAXIMUM_WIDTH);
  }
}

function isWidth(value: number | undefined): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAXIMUM_WIDTH;
}

function checkGroups(groups: unknown, channels: number, columns: number, place: string): void {
  if (!Array.isArray(groups) || groups.length === 0) {
    throw new UsageError(`${place}: groups: no list of groups`);
  }
  const sum = { channels: 0, columns: 0 };
  // A small file may state millions of them, and shapes are checked often: no text is made unless one is wrong.
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] as LayerGroup | null | undefined;
    if (group && isWidth(group.channels) && isWidth(group.columns)) {
      sum.channels += group.channels;
      sum.columns += group.columns;
      continue;
    }
    const part = `${place}: group ${index + 1}`;
    checkObject(part, group);
    for (const side of ['channels', 'columns'] as const) {
      checkWhole(`${part}: ${side}`, group?.[side], 0, MAXIMUM_WIDTH);
    }
  }
  if (sum.channels === channels && sum.columns === columns) return;
  throw new UsageError(
    `${place}: groups of ${sum.channels} channels and ${sum.columns} columns, not ${channels} and ${columns}`,
  );
}

/** Throws a `UsageError` that names the layer unless a source can have this shape. */
export function checkShape(shape: SourceShape): void {
  checkObject('shape', shape);
  checkWhole('shape.inputs', shape.inputs, 0, MAXIMUM_WIDTH);
  if (!Array.isArray(shape.layers)) throw new UsageError('shape.layers: no list');
  let blockInput = 0;
  for (let t = 1; t <= shape.layers.length; t++) {
    const layer: SourceLayer = shape.layers[t - 1];
    const place = `shape, layer ${t}`;
    checkObject(place, layer);
    const { channels, reads, kernel, stride, pads, dilation, groups, endsBlock } = layer;
    checkWhole(`${place}: channels`, channels, 0, MAXIMUM_WIDTH);
    if (reads !== undefined) checkReads(reads, t, blockInput);
    const plane = ['height', 'width'];
    if (kernel !== undefined) checkPlane(`${place}: kernel`, kernel, plane, 1);
    if (stride !== undefined) checkPlane(`${place}: stride`, stride, plane, 1);
    if (dilation !== undefined) checkPlane(`${place}: dilation`, dilation, plane, 1);
    const edges = ['top', 'left', 'bottom', 'right'];
    if (pads !== undefined) checkPlane(`${place}: pads`, pads, edges, 0);
    const columns = columnsOf(shape, t);
    if (columns > MAXIMUM_WIDTH) {
      throw new UsageError(`${place}: ${columns} columns, more than ${MAXIMUM_WIDTH}`);
    }
    if (groups !== undefined) checkGroups(groups, channels, columns, place);
    if (endsBlock !== undefined && typeof endsBlock !== 'boolean') {
      throw new UsageError(`${place}: endsBlock is neither true nor false`);
    }
    if (endsBlock === true) blockInput = t;
  }
}

/** What a layer has that a fully connected one has not, in words; null if nothing. */
function beyondConnected(shape: SourceShape, t: number): string | null {
  const { kernel, stride, pads, dilation } = readingOf(shape, t);
  if (kernel.height !== 1 || kernel.width !== 1) {
    return `has a kernel of ${kernel.height} by ${kernel.width}`;
  }
  if (stride.height !== 1 || stride.width !== 1) {
    return `has a stride of ${stride.height} by ${stride.width}`;
  }
  if (pads.top + pads.left + pads.bottom + pads.right > 0) return 'has padding';
  if (dilation.height !== 1 || dilation.width !== 1) {
    return `has a dilation of ${dilation.height} by ${dilation.width}`;
  }
  return shape.layers[t - 1]?.groups === undefined ? null : 'has groups';
}

/** What a layer reads other than the layer before it, in words; null if nothing. */
function beyondLayered(shape: SourceShape, t: number): string | null {
  const { reads } = readingOf(shape, t);
  if (reads.length !== 1) return `reads layers ${reads.join(', ')}`;
  return reads[0] === t - 1 ? null : `reads layer ${reads[0]}`;
}

function requireLayers(
  shape: SourceShape,
  takes: string,
  beyond: (shape: SourceShape, t: number) => string | null,
): void {
  checkShape(shape);
  for (let t = 1; t <= shape.layers.length; t++) {
    const found = beyond(shape, t);
    if (found !== null) throw new UsageError(`shape: ${takes}, and layer ${t} ${found}`);
  }
}

/**
 * Throws a `UsageError` unless the shape is a source's, and no layer has a kernel, stride or padding: whatever
 * knows fully connected layers only, several reads or one, says so here, once, at its entrance.
 */
export function requireConnectedLayers(shape: SourceShape, use: string): void {
  requireLayers(shape, `${use} takes layers without kernels`, beyondConnected);
}

/** The same of whatever knows layered sources only: each layer reads the one before it, too. */
export function requirePlainLayers(shape: SourceShape, use: string): void {
  requireLayers(
    shape,
    `${use} takes layers that read the one before, without kernels`,
    (of, t) => beyondLayered(of, t) ?? beyondConnected(of, t),
  );
}
