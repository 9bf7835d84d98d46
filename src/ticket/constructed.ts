/**
 * A constructed ticket's fields from its metadata and its integer matrices, every agreement between
 * them checked. Readers and writers go through it, so nothing is written that would not be read.
 * What the numbers mean (constant rows, the masks' function) is the proof's to check, not this one's.
 */
import { InputError } from '../core/errors.js';
import type { IntegerMatrix } from '../precision/integer-network.js';
import type { Domain, Normalization } from '../target/network.js';
import type { TicketMetadata } from './metadata.js';
import { fromRanges, fromRuns } from './runs.js';
import type { ConstructedTicket } from './ticket.js';

function require(condition: boolean, place: string, problem: string): void {
  if (condition) return;
  throw new InputError({ place, problem, remedy: 'the ticket is damaged; make it again' });
}

function readDomain(domain: TicketMetadata['domain'], inputs: number): Domain {
  const place = 'metadata "domain"';
  if (domain.kind !== 'box') return domain;
  const lower = Float64Array.from(fromRuns(domain.lower, inputs, place));
  const upper = Float64Array.from(fromRuns(domain.upper, inputs, place));
  const wrong = lower.findIndex((bound, index) => !(bound <= (upper[index] as number)));
  require(wrong < 0, place, `input ${wrong}: ${lower[wrong]} is above ${upper[wrong]}`);
  return { kind: 'box', lower, upper };
}

function readNormalization(
  { input, output }: NonNullable<TicketMetadata['normalization']>,
  inputs: number,
): Normalization {
  const place = 'metadata "normalization"';
  const values = (runs: readonly (readonly [number, number])[]) =>
    Float64Array.from(fromRuns(runs, inputs, place));
  const range = values(input.range);
  require(!range.includes(0) && output.range !== 0, place, 'a range is zero');
  const minimum = values(input.minimum);
  const maximum = values(input.maximum);
  const wrong = minimum.findIndex((bound, index) => !(bound <= (maximum[index] as number)));
  require(wrong < 0, place, `input ${wrong}: ${minimum[wrong]} is above ${maximum[wrong]}`);
  return { input: { minimum, maximum, mean: values(input.mean), range }, output: { ...output } };
}

/** Widths, blocks and matrices must describe one chain of layers. */
function checkBlocks(metadata: TicketMetadata, matrices: readonly IntegerMatrix[]): void {
  const { widths, kept, constructed } = metadata;
  const { blockEnds, target } = constructed;
  const depth = widths.length - 1;
  require(kept.length === depth, 'metadata "kept"', `${kept.length} counts for ${depth} layers`);
  const place = 'metadata "constructed"';
  blockEnds.forEach((end, index) => {
    const before = index === 0 ? 0 : (blockEnds[index - 1] as number);
    require(end > before && end <= depth, place, `block ${index + 1} ends at layer ${end}`);
  });
  require(blockEnds.at(-1) === depth, place, `the last block does not end at layer ${depth}`);
  const { fractionalPlaces, scale } = target;
  const blocks = blockEnds.length;
  require(fractionalPlaces.length === blocks, place, `fractional places for ${blocks} blocks`);
  const digits = fractionalPlaces.reduce((sum, places) => sum + places, 0);
  require(scale.exponent === digits, place, `scale exponent ${scale.exponent}, not ${digits}`);
  let columns = widths[0] as number;
  matrices.forEach((matrix, index) => {
    const name = `tensor "target.${index + 1}"`;
    require(matrix.columns === columns, name, `${matrix.columns} columns, not ${columns}`);
    const boundary = widths[blockEnds[index] as number] as number;
    const last = index === matrices.length - 1;
    const fits = last ? matrix.rows === boundary : matrix.rows <= boundary;
    require(fits, name, `${matrix.rows} rows for a layer of ${boundary} neurons`);
    const least = target.constant && !last ? 2 : 1;
    require(matrix.rows >= least, name, 'no row besides the constant');
    columns = matrix.rows;
  });
  const inputs = (widths[0] as number) - (target.constant ? 1 : 0);
  require(inputs >= 1, 'tensor "target.1"', 'no column besides the constant');
}

/** `matrices` are one per block, of any size. Throws an `InputError` that names key or tensor. */
export function constructedFields(
  metadata: TicketMetadata,
  matrices: readonly IntegerMatrix[],
): Omit<ConstructedTicket, 'mask'> {
  checkBlocks(metadata, matrices);
  const { seed, widths, kept, model, normalization, constructed } = metadata;
  const { construction, delta, blockEnds, precision, target } = constructed;
  const inputs = (widths[0] as number) - (target.constant ? 1 : 0);
  const place = 'metadata "constructed"';
  const inner = matrices.slice(0, -1);
  const listed = constructed.assignments.length;
  require(listed === inner.length, place, `assignments for ${listed} blocks of ${inner.length}`);
  const assignments = inner.map((matrix, index) =>
    fromRanges(
      constructed.assignments[index] as (typeof constructed.assignments)[number],
      matrix.rows,
      widths[blockEnds[index] as number] as number,
      `${place}, assignment of block ${index + 1}`,
    ),
  );
  return {
    kind: 'constructed',
    seed,
    shape: { widths, blockEnds },
    construction,
    delta,
    precision,
    domain: readDomain(metadata.domain, inputs),
    inputSigns: fromRuns(constructed.inputSigns, inputs, `${place}, input signs`),
    ...(model && { model }),
    ...(normalization && { normalization: readNormalization(normalization, inputs) }),
    assignments,
    target: {
      matrices,
      constant: target.constant,
      fractionalPlaces: target.fractionalPlaces,
      scale: target.scale,
      activation: target.activation,
    },
    kept,
  };
}
