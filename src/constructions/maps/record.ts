/**
 * A plan for feature maps as JSON text, and back: the class with the windows and known rows of its blocks, and
 * what was chosen for each block. Shape and failure bound are computed again; a file's choices are checked until
 * every plan that is returned could have been made here.
 */
import { checkObject } from '../../core/arguments.js';
import { z } from '../../core/zod.js';
import { type BlockGroups, type BlockWindow, outputPlane } from '../../integer/block-maps.js';
import { mapsProblem } from '../../integer/maps-problem.js';
import type {
  ClassBlock,
  ClassMaps,
  KnownEntry,
  NetworkClass,
} from '../../integer/network-class.js';
import {
  type ClassRecord,
  checkedRecord,
  classSchemas,
  MAXIMUM_LAYERS,
  mostNeurons,
  planOfRecord,
  recordText,
  refuseRecord,
  widthSchema as width,
} from '../class-record.js';
import { hornerSchema } from '../horner/block-schema.js';
import type { HornerBlock } from '../horner/plan.js';
import { checkHornerBlock } from '../horner/record.js';
import { skipSchema } from '../skip/block-schema.js';
import { checkSkipBlock } from '../skip/record.js';
import { rowsByEntries, type Segment } from './direct.js';
import { type GroupedBlock, partsOf } from './grouped.js';
import {
  freeDemand,
  knownRows,
  type MapsBlock,
  type MapsClass,
  type MapsPlan,
  mapsPlanOf,
  skipDemand,
} from './plan.js';
import { copiesFor, type ScaleSizes, scaleDemand } from './scale.js';

const MISFIT = 'does not fit the integers';

/** Entries of the known rows of a class together, and rows and columns of a matrix. */
const MAXIMUM_ENTRIES = 2 ** 20;

/** Integers of a matrix, as readers of models take them. */
const MOST_INTEGERS = 2 ** 27;

const none = z.int().check(z.minimum(0), z.maximum(2 ** 31 - 1));
const one = z.int().check(z.minimum(1), z.maximum(2 ** 31 - 1));
const pair = z.tuple([one, one]);
const value = z.string().check(z.regex(/^-?[1-9]\d{0,1233}$/));

/** How many, rows of each, and for each run the first of its columns and how many a group has. */
const groupsSchema = z.array(none).check(
  z.minLength(4),
  z.refine(
    (numbers) =>
      numbers.length % 2 === 0 && numbers.every((own, at) => (at > 1 && at % 2 === 0) || own > 0),
  ),
);

const windowSchema = z.strictObject({
  kernel: pair,
  stride: pair,
  pads: z.tuple([none, none, none, none]),
  dilation: pair,
  columns: z
    .array(z.tuple([one, z.array(none).check(z.maxLength(MAXIMUM_ENTRIES))]))
    .check(z.maxLength(MAXIMUM_ENTRIES)),
});
const mapsSchema = z.strictObject({
  input: z.tuple([one, one, one]),
  blocks: z
    .array(
      z.strictObject({
        form: z.enum(['free', 'direct', 'scale']),
        window: z.optional(windowSchema),
        /** Of a grouped convolution: how many, rows of each, its first column, columns of each. */
        groups: z.optional(groupsSchema),
        columns: one,
        /** Rows of `[column, value]`. */
        known: z
          .array(z.array(z.tuple([none, value])).check(z.maxLength(MAXIMUM_ENTRIES)))
          .check(z.maxLength(MAXIMUM_ENTRIES)),
      }),
    )
    .check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
});
type MapsRecord = z.infer<typeof mapsSchema>;

const widthOrNone = none;
const blockSchema = z.union([
  z.strictObject({
    kind: z.literal('free'),
    horner: hornerSchema,
    passWidths: z.tuple([widthOrNone, widthOrNone]),
  }),
  z.strictObject({
    kind: z.literal('skip'),
    skip: skipSchema,
    copied: z.boolean(),
    passWidth: widthOrNone,
  }),
  z.strictObject({
    kind: z.literal('grouped'),
    perPart: one,
    parts: z.array(hornerSchema).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
    passWidths: z.array(widthOrNone).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
  }),
  z.strictObject({
    kind: z.literal('direct'),
    segments: z.array(z.strictObject({ entries: one, width })).check(z.maxLength(64)),
  }),
  z.strictObject({
    kind: z.literal('scale'),
    copies: z.array(z.int().check(z.minimum(2), z.maximum(4))).check(z.maxLength(MAXIMUM_LAYERS)),
    layers: z
      .array(z.strictObject({ growing: width, waiting: widthOrNone }))
      .check(z.maxLength(MAXIMUM_LAYERS)),
    skips: z.boolean(),
  }),
]);
const recordSchema = z.strictObject({
  ...classSchemas,
  construction: z.enum(['horner', 'skip']),
  maps: mapsSchema,
  blocks: z.array(blockSchema).check(z.minLength(1), z.maxLength(MAXIMUM_LAYERS)),
});

/** The text of a source file: the shape's choices and the class they serve, without a seed. */
export function formatMapsPlan(plan: MapsPlan): string {
  checkObject('plan', plan);
  const { construction, networkClass, mapsBlocks } = plan;
  const { maps } = networkClass as MapsClass;
  return recordText(construction, networkClass, mapsBlocks, { maps: mapsRecord(maps) });
}

function mapsRecord({ input, blocks }: ClassMaps): MapsRecord {
  return {
    input: [input.channels, input.height, input.width],
    blocks: blocks.map(({ form, window, groups, columns, known }) => ({
      form: form.kind,
      ...(window && { window: windowRecord(window) }),
      ...(groups && {
        groups: [
          ...[groups.count, groups.rows],
          ...groups.runs.flatMap(({ first, columns: own }) => [first, own]),
        ],
      }),
      columns,
      known: known.map((row) =>
        row.map(({ column, value: own }): [number, string] => [column, own.toString()]),
      ),
    })),
  };
}

function windowRecord(window: BlockWindow): z.infer<typeof windowSchema> {
  const { kernel, stride, pads, dilation, columns } = window;
  return {
    kernel: [kernel.height, kernel.width],
    stride: [stride.height, stride.width],
    pads: [pads.top, pads.left, pads.bottom, pads.right],
    dilation: [dilation.height, dilation.width],
    columns: columns.map(({ channels, taps }) => [channels, [...taps]]),
  };
}

/** Reads what `formatMapsPlan` wrote, no text any more. Throws an `InputError` that names the place. */
export function mapsPlanOfRecord(json: unknown): MapsPlan {
  const { maps, construction, ...record } = checkedRecord(recordSchema, json);
  let own: ClassMaps | undefined;
  return planOfRecord<MapsBlock, MapsPlan>(record as ClassRecord & { blocks: MapsBlock[] }, {
    layers: layersOf,
    check: (networkClass, blocks) => {
      own = classMaps(networkClass, maps);
      const ofMaps: MapsClass = { ...networkClass, maps: own };
      blocks.forEach((block, index) => {
        checkBlock(ofMaps, index, block, construction);
      });
    },
    plan: (networkClass, blocks) =>
      mapsPlanOf(construction, { ...networkClass, maps: own as ClassMaps }, blocks),
  });
}

function layersOf(block: MapsBlock): number {
  switch (block.kind) {
    case 'free':
      return block.horner.radices.length;
    case 'skip':
      return 2 * block.skip.levels;
    case 'grouped':
      return block.parts.length * block.passWidths.length;
    case 'direct':
      return 1;
    case 'scale':
      return block.layers.length;
  }
}

/** The maps of a class, which must be such as a network of this class can have. */
function classMaps(networkClass: NetworkClass, { input, blocks }: MapsRecord): ClassMaps {
  const { dimensions, bits, constant } = networkClass;
  const [channels, height, wide] = input;
  if (blocks.length !== bits.length) refuseRecord('maps.blocks', 'not one for each layer');
  if (channels !== dimensions[0]) refuseRecord('maps.input', 'does not fit the dimensions');
  const entries = blocks.reduce(
    (sum, { known }) => known.reduce((all, row) => all + row.length, sum + known.length),
    0,
  );
  if (entries > MAXIMUM_ENTRIES) refuseRecord('maps.blocks', `${entries} entries of known rows`);
  let plane = { height, width: wide };
  const own = blocks.map(({ form, window, groups, columns, known }, index): ClassBlock => {
    const place = `maps.blocks.${index}`;
    const rows = known.map((row) =>
      row.map(([column, text]): KnownEntry => ({ column, value: BigInt(text) })),
    );
    if (rows.some((row) => row.some(({ column }) => column >= columns))) {
      refuseRecord(`${place}.known`, 'a column that there is not');
    }
    const read = window && windowOf(window, plane);
    if (read !== undefined) plane = outputPlane(read);
    const kind = form === 'free' ? { kind: form, passed: rows.length } : { kind: form };
    if (columns * (dimensions[index + 1] as number) > MOST_INTEGERS) {
      refuseRecord(`${place}.columns`, 'a matrix of too many integers');
    }
    const block: ClassBlock = {
      ...{ form: kind, columns, known: rows },
      ...(read && { window: read }),
      ...(groups && { groups: groupsOf(groups) }),
    };
    checkGroups(networkClass, index, block, `${place}.groups`);
    checkKnown(networkClass, index, block, `${place}.known`);
    return block;
  });
  const carried = constant ? 1 : 0;
  const none = new Float64Array(0);
  const problem = mapsProblem(
    { input: { channels, height, width: wide }, blocks: own },
    own.map(({ columns }, index) => ({
      columns: columns + carried,
      rows: (dimensions[index + 1] as number) + (index < own.length - 1 ? carried : 0),
      values: none,
    })),
    constant,
  );
  if (problem !== null) refuseRecord(`maps.blocks.${problem.block}`, problem.problem);
  return { input: { channels, height, width: wide }, blocks: own };
}

function windowOf(
  { kernel, stride, pads, dilation, columns }: z.infer<typeof windowSchema>,
  input: BlockWindow['input'],
): BlockWindow {
  const [top, left, bottom, right] = pads;
  const size = ([height, wide]: readonly [number, number]) => ({ height, width: wide });
  return {
    ...{ input, kernel: size(kernel), stride: size(stride), dilation: size(dilation) },
    pads: { top, left, bottom, right },
    columns: columns.map(([channels, taps]) => ({ channels, taps })),
  };
}

/** Count and rows, and then the runs. */
function groupsOf([count, rows, ...rest]: readonly number[]): BlockGroups {
  const runs = Array.from({ length: rest.length / 2 }, (_, at) => ({
    first: rest[2 * at] as number,
    columns: rest[2 * at + 1] as number,
  }));
  return { count, rows, runs } as BlockGroups;
}

/** Refuses groups that are not those of free rows and of columns that there are. */
function checkGroups(
  { dimensions }: NetworkClass,
  index: number,
  { form, groups, columns, known }: ClassBlock,
  place: string,
): void {
  if (groups === undefined) return;
  if (form.kind !== 'free') refuseRecord(place, 'rows that are known have no groups');
  const outputs = (dimensions[index + 1] as number) - known.length;
  if (groups.count < 2 || groups.count * groups.rows !== outputs) {
    refuseRecord(place, `${groups.count} groups of ${groups.rows} rows`);
  }
  let free = 0;
  for (const { first, columns: own } of groups.runs) {
    if (first < free || first + groups.count * own > columns) {
      refuseRecord(place, `${groups.count} groups of ${own} columns`);
    }
    free = first + groups.count * own;
  }
}

/** Refuses known rows that are not of the block's form, or not as many as it has. */
function checkKnown(
  { dimensions }: NetworkClass,
  index: number,
  { form, known }: ClassBlock,
  place: string,
): void {
  const outputs = dimensions[index + 1] as number;
  if (form.kind === 'free') {
    const single = known.every((row) => row.length === 1 && row[0]?.value === 1n);
    if (!single) refuseRecord(place, 'a map that is handed on is a row with a single 1');
    if (known.length >= outputs) refuseRecord(place, `${known.length} rows of ${outputs}`);
    return;
  }
  if (known.length !== outputs) refuseRecord(place, `${known.length} rows of ${outputs}`);
  if (form.kind === 'direct') {
    const signs = known.every((row) => row.every(({ value: own }) => own === 1n || own === -1n));
    const ascend = known.every((row) =>
      row.every(({ column }, at) => at === 0 || column > (row[at - 1] as KnownEntry).column),
    );
    if (!signs || !ascend) refuseRecord(place, 'rows of a direct block hold +1 and -1');
    return;
  }
  try {
    scaleDemand(known);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuseRecord(place, 'rows of a scale block hold one power of two each');
  }
}

/** Refuses a width for so many neurons that is below what they need, or far above it. */
function checkWidth(given: number, needed: number, place: string): void {
  if (given < needed) refuseRecord(place, `less than ${needed}`);
  const most = needed === 0 ? 0 : mostNeurons(needed);
  if (given > most) refuseRecord(place, `more than ${most}`);
}

function checkBlock(
  networkClass: MapsClass,
  index: number,
  block: MapsBlock,
  construction: MapsPlan['construction'],
): void {
  const place = `blocks.${index}`;
  const { form, known, groups } = networkClass.maps.blocks[index] as ClassBlock;
  const isGrouped = block.kind === 'grouped' && construction === 'horner' && groups !== undefined;
  const own = isGrouped ? 'grouped' : 'free';
  const kind = form.kind !== 'free' ? form.kind : construction === 'skip' ? 'skip' : own;
  if (block.kind !== kind) refuseRecord(`${place}.kind`, `not ${kind}`);
  switch (block.kind) {
    case 'free':
      checkHornerBlock(freeDemand(networkClass, index), block.horner, `${place}.horner`);
      block.passWidths.forEach((given, at) => {
        checkWidth(given, known.length, `${place}.passWidths.${at}`);
      });
      return;
    case 'skip':
      checkSkipBlock(skipDemand(networkClass, index, block.copied), block.skip, `${place}.skip`);
      checkWidth(block.passWidth, known.length, `${place}.passWidth`);
      return;
    case 'grouped':
      checkGrouped(networkClass, index, block, place);
      return;
    case 'direct':
      checkSegments(knownRows(networkClass, index), block.segments, `${place}.segments`);
      return;
    case 'scale':
      checkScale(knownRows(networkClass, index), block, construction, place);
  }
}

function checkGrouped(
  networkClass: MapsClass,
  index: number,
  { perPart, parts, passWidths }: GroupedBlock,
  place: string,
): void {
  const { known, groups } = networkClass.maps.blocks[index] as ClassBlock;
  const count = Math.ceil((groups as BlockGroups).count / perPart);
  if (parts.length !== count) refuseRecord(`${place}.parts`, `not ${count}`);
  const depth = passWidths.length;
  for (const [number, { demand }] of partsOf(networkClass, index, perPart).entries()) {
    const part = parts[number] as HornerBlock;
    if (part.quads !== undefined || part.radices.length + 1 !== depth) {
      refuseRecord(`${place}.parts.${number}`, 'not of the depth of the others');
    }
    checkHornerBlock(demand, part, `${place}.parts.${number}`);
  }
  passWidths.forEach((given, level) => {
    checkWidth(given, known.length, `${place}.passWidths.${level}`);
  });
}

function checkSegments(
  rows: ClassBlock['known'],
  segments: readonly Segment[],
  place: string,
): void {
  const groups = rowsByEntries(rows);
  if (groups.length !== segments.length) refuseRecord(place, MISFIT);
  groups.forEach(({ entries, rows: own }, at) => {
    const segment = segments[at] as Segment;
    if (segment.entries !== entries) refuseRecord(`${place}.${at}.entries`, MISFIT);
    checkWidth(segment.width, own.length, `${place}.${at}.width`);
  });
}

function checkScale(
  rows: ClassBlock['known'],
  { copies, layers, skips }: ScaleSizes,
  construction: MapsPlan['construction'],
  place: string,
): void {
  const { growing, waiting, bits } = scaleDemand(rows);
  const grown = ([2, 4] as const).some(
    (growth) => String(copiesFor(bits, growth)) === String(copies),
  );
  if (!grown) refuseRecord(`${place}.copies`, MISFIT);
  if (skips !== (construction === 'skip')) refuseRecord(`${place}.skips`, MISFIT);
  if (layers.length !== copies.length + 1) refuseRecord(`${place}.layers`, MISFIT);
  layers.forEach((layer, level) => {
    const waits = !skips || level === layers.length - 1;
    const at = `${place}.layers.${level}`;
    checkWidth(layer.growing, growing.length * (copies[level] ?? 1), `${at}.growing`);
    checkWidth(layer.waiting, waits ? waiting.length : 0, `${at}.waiting`);
  });
}
