/**
 * Networks by a short text: widths, as `784-300-100-10`, or what feature maps go through, as
 * `28x28-conv64-conv64-pool-256-256-10`: the size of the input (`28x28`, or `32x32x3` with its channels),
 * convolutions (`conv64`: 64 channels, a kernel of 3 by 3, as many zeros around as keep the size;
 * `conv16k5p0`: a kernel of 5 by 5 and none), max pooling (`pool`: by windows of 2 by 2; `pool3`), and
 * fully connected layers. Behind the size may also stand the name of a network of the papers.
 */
import { check, checkObject, TEXT } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { FeatureShape } from '../target/planes.js';
import {
  type TrainedMapLayer,
  type TrainedMaps,
  trainedMapsProblem,
} from '../ticket/trained-maps.js';

/** A network without the weights. */
export interface NetworkShape {
  /** See `SearchOptions`. */
  readonly widths: readonly number[];
  readonly maps?: TrainedMaps;
}

const CONV2 = 'conv64-conv64-pool';
const CONV4 = `${CONV2}-conv128-conv128-pool`;
const CONV6 = `${CONV4}-conv256-conv256-pool`;
const CONV8 = `${CONV6}-conv512-conv512-pool`;

/** Networks of the papers (Frankle and Carbin; Zhou et al.; Ramanujan et al.), for ten classes. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['conv2', `${CONV2}-256-256-10`],
  ['conv4', `${CONV4}-256-256-10`],
  ['conv6', `${CONV6}-256-256-10`],
  ['conv8', `${CONV8}-256-256-10`],
  // With ReLU and max pooling; images of 28 by 28 become the 32 by 32 it was made for.
  ['lenet-5', 'conv6k5p0-pool-conv16k5p0-pool-120-84-10'],
]);

const SIZE = /^([1-9]\d{0,4})x([1-9]\d{0,4})(?:x([1-9]\d{0,6}))?$/;
const CONVOLUTION = /^conv([1-9]\d{0,6})(?:k([1-9]\d{0,3}))?(?:p(\d{1,4}))?$/;
const POOLING = /^pool([2-9]|1[0-6])?$/;
const WIDTH = /^[1-9]\d{0,8}$/;

function refuse(text: string, problem: string): never {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  throw new UsageError(`option "shape: ${shown}": ${problem}`);
}

/** Whether the text is of feature maps, and begins with the size of the input or leaves it to the data. */
export function needsInput(text: string): boolean {
  const [first = ''] = text.split('-');
  return !SIZE.test(first) && /^(conv|pool|lenet)/.test(first);
}

/**
 * Reads the text. `input` is the size of the data's samples, for a text of feature maps that does not begin
 * with one. Throws a `UsageError` that says what is wrong.
 */
export function parseShape(text: string, input?: FeatureShape): NetworkShape {
  check('text', text, TEXT);
  if (input !== undefined) checkObject('input', input);
  const items = text.split('-');
  const size = SIZE.exec(items[0] ?? '');
  if (size === null && !needsInput(text)) return { widths: widthsOf(text, items) };
  const given = size === null ? input : sizeOf(size);
  if (given === undefined) {
    refuse(text, 'say how large the inputs are, as in 28x28-conv64-pool-10');
  }
  const rest = (size === null ? items : items.slice(1)).join('-');
  return ofMaps(text, NAMED.get(rest) ?? rest, given, rest === 'lenet-5');
}

function sizeOf([, height, width, channels = '1']: RegExpExecArray): FeatureShape {
  return { height: Number(height), width: Number(width), channels: Number(channels) };
}

function widthsOf(text: string, items: readonly string[]): number[] {
  if (items.length < 2 || !items.every((item) => WIDTH.test(item))) {
    refuse(text, 'give widths as in 784-300-100-10, or maps as in 28x28-conv64-pool-10');
  }
  return items.map(Number);
}

function ofMaps(
  text: string,
  layersText: string,
  input: FeatureShape,
  padsSmall: boolean,
): NetworkShape {
  const widths = [input.channels];
  const layers: TrainedMapLayer[] = [];
  let isConnected = false;
  let plane = { height: input.height, width: input.width };
  for (const item of layersText.split('-')) {
    const convolution = CONVOLUTION.exec(item);
    const pooling = POOLING.exec(item);
    if (isConnected && (convolution !== null || pooling !== null)) {
      refuse(text, `${item} stands behind a fully connected layer, which leaves no maps`);
    }
    if (convolution !== null) {
      const side = Number(convolution[2] ?? 3);
      if (convolution[3] === undefined && side % 2 === 0) {
        refuse(text, `${item}: a kernel of even sides needs its padding, as in ${item}p0`);
      }
      const enlarged = padsSmall && layers.length === 0 && input.height === 28;
      const pad = enlarged ? 2 : Number(convolution[3] ?? (side - 1) / 2);
      widths.push(Number(convolution[1]));
      layers.push({ kernel: { height: side, width: side }, pad, pool: 1 });
      const grown = 2 * pad - side + 1;
      plane = { height: plane.height + grown, width: plane.width + grown };
    } else if (pooling !== null) {
      const side = Number(pooling[1] ?? 2);
      const last = layers.pop();
      if (last === undefined || last.pool !== 1) {
        refuse(text, `${item} has to stand behind a convolution`);
      }
      layers.push({ ...last, pool: side });
      plane = { height: Math.floor(plane.height / side), width: Math.floor(plane.width / side) };
    } else if (WIDTH.test(item)) {
      isConnected = true;
      widths.push(Number(item));
      layers.push({ kernel: plane, pad: 0, pool: 1 });
      plane = { height: 1, width: 1 };
    } else refuse(text, `"${item.slice(0, 40)}" is none of conv64, conv16k5p0, pool, 256`);
    if (plane.height < 1 || plane.width < 1) refuse(text, `nothing is left of the maps by ${item}`);
  }
  const maps = { input: { height: input.height, width: input.width }, layers };
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) refuse(text, problem);
  return { widths, maps };
}

/** The text of a shape, the same for all ways to write it. Throws a `UsageError` for what is no shape. */
export function shapeText(shape: NetworkShape): string {
  checkObject('shape', shape);
  const { widths, maps } = shape;
  if (!Array.isArray(widths)) throw new UsageError('shape: its widths are no list');
  if (maps === undefined) return widths.join('-');
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) throw new UsageError(`shape: ${problem}`);
  const { height, width } = maps.input;
  const channels = widths[0] as number;
  const items = [`${height}x${width}${channels === 1 ? '' : `x${channels}`}`];
  let plane = maps.input;
  maps.layers.forEach(({ kernel, pad, pool }, index) => {
    const count = widths[index + 1];
    const covers = kernel.height === plane.height && kernel.width === plane.width && pad === 0;
    if (covers) items.push(String(count));
    else {
      const sides =
        kernel.height === kernel.width ? `${kernel.height}` : `${kernel.height}x${kernel.width}`;
      const isUsual = sides === '3' && pad === 1;
      items.push(isUsual ? `conv${count}` : `conv${count}k${sides}p${pad}`);
    }
    if (pool !== 1) items.push(pool === 2 ? 'pool' : `pool${pool}`);
    const sums = {
      height: plane.height + 2 * pad - kernel.height + 1,
      width: plane.width + 2 * pad - kernel.width + 1,
    };
    plane = { height: Math.floor(sums.height / pool), width: Math.floor(sums.width / pool) };
  });
  return items.join('-');
}
