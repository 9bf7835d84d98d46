/**
 * Networks by a short text: widths, as `784-300-100-10`, or what feature maps go through, as
 * `28x28-conv64-conv64-pool-256-256-10`: the size of the input (`28x28`, or `32x32x3` with its channels), and layers
 * with what belongs to each behind it, as `docs/search.md` lists them. Behind the size may also stand the name of
 * a network of the papers.
 */
import { check, checkObject, TEXT } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { FeatureShape, PlaneSize } from '../target/planes.js';
import {
  isConnected,
  type MapStage,
  mapStages,
  pooled,
  sumsPlane,
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

const NAMED_BLOCKS = [
  ['conv2', 1],
  ['conv4', 2],
  ['conv6', 3],
  ['conv8', 4],
] as const;

/** Two convolutions and pooling for each number of channels, then three connected layers. */
function convolutions(blocks: number, normalized: boolean): string {
  // As biprop has it with sign activations: pooling before the normalisation.
  const norm = normalized ? '-norm' : '';
  const layers = [64, 128, 256, 512]
    .slice(0, blocks)
    .map((channels) => `conv${channels}${norm}-conv${channels}-pool${norm}`);
  return [...layers, `256${norm}`, `256${norm}`, '10'].join('-');
}

/** Networks of the papers (Frankle and Carbin; Zhou et al.; Ramanujan et al.; Diffenderfer and Kailkhura), for ten classes. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ...NAMED_BLOCKS.flatMap(([name, blocks]): [string, string][] => [
    [name, convolutions(blocks, false)],
    [`${name}-norm`, convolutions(blocks, true)],
  ]),
  // With ReLU and max pooling; images of 28 by 28 become the 32 by 32 it was made for.
  ['lenet-5', 'conv6k5p0-pool-conv16k5p0-pool-120-84-10'],
  ...[8, 14, 20, 32, 44, 56].map((depth): [string, string] => [`resnet${depth}`, resnet(depth)]),
]);

/** He et al.'s networks for CIFAR-10 as biprop has them, of `6 n + 2` layers beside those of shortcuts. */
function resnet(depth: number): string {
  const blocks = (depth - 2) / 6;
  const stage = (channels: number, first: string): string[] => [
    first,
    ...new Array<string>(blocks - 1).fill(`res${channels}`),
  ];
  const stages = [stage(16, 'res16'), stage(32, 'res32s2'), stage(64, 'res64s2')].flat();
  return ['conv16-norm', ...stages, 'average', '10'].join('-');
}

const SIZE = /^([1-9]\d{0,4})x([1-9]\d{0,4})(?:x([1-9]\d{0,6}))?$/;
const CONVOLUTION = /^conv([1-9]\d{0,6})(?:k([1-9]\d{0,3}))?(?:p(\d{1,4}))?(?:s([1-9]\d{0,3}))?$/;
const RESIDUAL = /^res([1-9]\d{0,6})(?:s([1-9]\d{0,3}))?$/;
const POOLING = /^(pool|average)([2-9]|[1-9]\d{1,3})?$/;
const MODIFIER = /^(?:(pool|average)(?:[2-9]|[1-9]\d{1,3})?|(add|from)\d{1,5}|(norm)|(linear))$/;
const WIDTH = /^[1-9]\d{0,8}$/;

function refuse(text: string, problem: string): never {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  throw new UsageError(`option "shape: ${shown}": ${problem}`);
}

/** Whether the text is of feature maps, and begins with the size of the input or leaves it to the data. */
export function needsInput(text: string): boolean {
  const [first = ''] = text.split('-');
  return !SIZE.test(first) && /^(conv|pool|lenet|res)/.test(first);
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

/** A layer of the text: a convolution or a width, and what stands behind it. */
interface Group {
  readonly base: string;
  readonly channels: number;
  readonly modifiers: string[];
}

/** Of a modifier: two of one kind contradict each other, or say the same twice. */
function kindOf(item: string): string {
  return item.replace(/\d+$/, '').replace('average', 'pool');
}

/** The layers of the text, its residual blocks written out. */
function groupsOf(text: string, layersText: string, inputs: number): Group[] {
  const groups: Group[] = [];
  const add = (item: string): void => {
    const channels = CONVOLUTION.exec(item)?.[1] ?? WIDTH.exec(item)?.[0];
    if (channels !== undefined) {
      groups.push({ base: item, channels: Number(channels), modifiers: [] });
      return;
    }
    if (!MODIFIER.test(item)) {
      refuse(
        text,
        `"${item.slice(0, 40)}" is none of conv64, conv16k5p0s2, res64, pool, norm, 256`,
      );
    }
    const last = groups.at(-1);
    if (last === undefined) refuse(text, `${item} has to stand behind a layer`);
    if (last.modifiers.some((other) => kindOf(other) === kindOf(item))) {
      refuse(text, `${item} stands behind another of its kind`);
    }
    last.modifiers.push(item);
  };
  for (const item of layersText.split('-')) {
    const residual = RESIDUAL.exec(item);
    if (residual === null) add(item);
    else {
      const [, channels, stride = '1'] = residual as unknown as [string, string, string?];
      const before = groups.at(-1)?.channels ?? inputs;
      residualItems(groups.length, before, Number(channels), Number(stride)).forEach(add);
    }
  }
  return groups;
}

/**
 * Two convolutions behind layer `t` to whose sums what it hands on is added: through a convolution of 1 by 1 where
 * the size changes, and where there is no layer but the inputs.
 */
function residualItems(t: number, before: number, channels: number, stride: number): string[] {
  const first = `conv${channels}${stride === 1 ? '' : `s${stride}`}`;
  if (before === channels && stride === 1 && t > 0) {
    return [first, 'norm', `conv${channels}`, 'norm', `add${t}`];
  }
  const shortcut = `conv${channels}k1p0${stride === 1 ? '' : `s${stride}`}`;
  return [
    ...[first, 'norm', shortcut, `from${t}`, 'norm', 'linear'],
    ...[`conv${channels}`, `from${t + 1}`, 'norm', `add${t + 2}`],
  ];
}

function ofMaps(
  text: string,
  layersText: string,
  input: FeatureShape,
  padsSmall: boolean,
): NetworkShape {
  const groups = groupsOf(text, layersText, input.channels);
  const planes: PlaneSize[] = [{ height: input.height, width: input.width }];
  const connected = new Set<number>();
  const layers = groups.map((group, index): TrainedMapLayer => {
    const t = index + 1;
    const from = group.modifiers.find((item) => item.startsWith('from'));
    const reads = from === undefined ? index : Number(from.slice(4));
    if (reads > index) refuse(text, `${from} stands in layer ${t}, which it is not before`);
    if (WIDTH.test(group.base)) connected.add(t);
    else if (connected.has(reads)) {
      refuse(text, `${group.base} stands behind a fully connected layer, which leaves no maps`);
    }
    const plane = planes[reads] as PlaneSize;
    const enlarges = padsSmall && index === 0 && input.height === 28;
    const base = baseLayer(text, group.base, plane, enlarges ? 2 : undefined);
    const sums = sumsPlane(plane, base);
    const layer = withModifiers(
      text,
      { ...base, ...(reads === index ? {} : { reads }) },
      group,
      sums,
    );
    const made = pooled(sums, layer.pool);
    if (made.height < 1 || made.width < 1) {
      refuse(text, `nothing is left of the maps by ${[group.base, ...group.modifiers].join('-')}`);
    }
    planes.push(made);
    return layer;
  });
  const widths = [input.channels, ...groups.map(({ channels }) => channels)];
  const maps = { input: planes[0] as PlaneSize, layers };
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) refuse(text, problem);
  return { widths, maps };
}

function baseLayer(text: string, item: string, plane: PlaneSize, pad?: number): TrainedMapLayer {
  const convolution = CONVOLUTION.exec(item);
  if (convolution === null) return { kernel: plane, pad: 0, pool: 1 };
  const side = Number(convolution[2] ?? 3);
  if (convolution[3] === undefined && side % 2 === 0) {
    refuse(text, `${item}: a kernel of even sides needs its padding, as in conv8k${side}p0`);
  }
  const stride = Number(convolution[4] ?? 1);
  return {
    kernel: { height: side, width: side },
    pad: pad ?? Number(convolution[3] ?? (side - 1) / 2),
    pool: 1,
    ...(stride === 1 ? {} : { stride }),
  };
}

/** A layer with what stands behind it; `sums` is its plane before pooling. */
function withModifiers(
  text: string,
  base: TrainedMapLayer,
  { modifiers }: Group,
  sums: PlaneSize,
): TrainedMapLayer {
  const layer: { -readonly [Key in keyof TrainedMapLayer]: TrainedMapLayer[Key] } = { ...base };
  for (const item of modifiers) {
    const pooling = POOLING.exec(item);
    if (pooling !== null) Object.assign(layer, poolingOf(text, item, pooling, sums));
    if (item === 'linear') layer.linear = true;
    if (item === 'norm') layer.normalized = true;
    else if (item.startsWith('add')) layer.adds = Number(item.slice(3));
    else continue;
    // Pooling that stands before these comes before them.
    if (layer.pool !== 1) layer.poolsFirst = true;
  }
  return layer;
}

function poolingOf(
  text: string,
  item: string,
  [, kind, size]: RegExpExecArray,
  { height, width }: PlaneSize,
): Pick<TrainedMapLayer, 'pool' | 'average'> {
  if (kind === 'pool') return { pool: Number(size ?? 2) };
  if (size === undefined && height !== width) {
    refuse(text, `${item}: of ${height}x${width} positions; windows have equal sides`);
  }
  const pool = Number(size ?? height);
  return pool === 1 ? { pool } : { pool, average: true };
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
  const size = `${height}x${width}${channels === 1 ? '' : `x${channels}`}`;
  const items = mapStages(widths, maps).flatMap((stage, index) => stageItems(stage, index + 1));
  return [size, ...items].join('-');
}

function stageItems(stage: MapStage, t: number): string[] {
  const { kernel, pad, pool, stride, sums, channels, reads, adds } = stage;
  const { normalized, linear, poolsFirst, average } = stage;
  const sides =
    kernel.height === kernel.width ? `${kernel.height}` : `${kernel.height}x${kernel.width}`;
  const step = stride === 1 ? '' : `s${stride}`;
  const form = sides === '3' && pad === 1 ? '' : `k${sides}p${pad}`;
  const isAll = pool === sums.height && pool === sums.width;
  const kind = average ? 'average' : 'pool';
  const side = (average ? isAll : pool === 2) ? '' : pool;
  const pooling = pool === 1 ? [] : [`${kind}${side}`];
  return [
    isConnected(stage) ? String(channels) : `conv${channels}${form}${step}`,
    ...(reads === t - 1 ? [] : [`from${reads}`]),
    ...(poolsFirst ? pooling : []),
    ...(normalized ? ['norm'] : []),
    ...(adds > 0 ? [`add${adds}`] : []),
    ...(linear ? ['linear'] : []),
    ...(poolsFirst ? [] : pooling),
  ];
}
