/** The figures of `unearth compare`: sizes, widths, edges and errors of the systems, a row for each. */
import type { ComparedSystem } from '../pipeline/compare.js';
import { systemColour } from './palette.js';
import { type Row, type RowLegendEntry, type RowMark, rowPlotFigure } from './row-plot.js';

function rowsOf(
  systems: readonly ComparedSystem[],
  marks: (system: ComparedSystem) => readonly RowMark[],
): Row[] {
  return systems.map((system) => ({
    label: system.title,
    color: systemColour(system.system),
    marks: marks(system).filter(({ value }) => value > 0),
    remark: 'not built',
  }));
}

/** A figure of the comparison; `name` is the stem of a file name. */
export interface NamedFigure {
  readonly name: 'weights' | 'width' | 'edges' | 'error';
  readonly svg: string;
}

const SIZES: readonly RowLegendEntry[] = [
  { name: 'planned', marker: 'ring' },
  { name: 'found', marker: 'circle' },
];
const EDGES: readonly RowLegendEntry[] = [{ name: 'kept', marker: 'circle' }];
const ERRORS: readonly RowLegendEntry[] = [
  { name: 'certified', marker: 'ring' },
  { name: 'measured', marker: 'circle' },
];

/** What a figure of the comparison shows of each system, and its words. */
interface Measure {
  readonly name: NamedFigure['name'];
  readonly title: string;
  readonly axis: string;
  readonly caption: string;
  readonly names: readonly RowLegendEntry[];
  marks(system: ComparedSystem): readonly RowMark[];
  /** Shown even where no system has a value: those that are only planned. */
  readonly always: boolean;
}

/** A mark where there is a value. */
function mark(name: string, value: number | string | bigint | null | undefined): RowMark[] {
  return value === null || value === undefined ? [] : [{ name, value: Number(value) }];
}

const MEASURES: readonly Measure[] = [
  {
    name: 'weights',
    title: 'Weights of the random source',
    axis: 'source weights (logarithmic)',
    names: SIZES,
    marks: ({ planned, built }) => [
      ...mark('planned', planned.weights),
      ...mark('found', built?.found.weights),
    ],
    always: true,
    caption:
      'Planned: what the bound asks for, so that the source holds the network with the allowed failure probability. Found: the least source of this seed that does hold it, where the system was built; sources of signs are used as planned. Weights of different systems take different numbers of random bits.',
  },
  {
    name: 'width',
    title: 'Width of the source',
    axis: 'neurons of the widest layer (logarithmic)',
    names: SIZES,
    marks: ({ planned, built }) => [
      ...mark('planned', planned.widest),
      ...mark('found', built?.found.widest),
    ],
    always: true,
    caption:
      'Neurons of the widest layer of the random source, as planned and, where the system was built, as found. Diamond, horner and skip take many layers for each layer of the network, the others two.',
  },
  {
    name: 'edges',
    title: 'Edges that the mask keeps',
    axis: 'kept edges over all layers (logarithmic)',
    names: EDGES,
    marks: ({ built }) => mark('kept', built?.kept),
    always: false,
    caption:
      'What is left of the source after pruning. An edge of a sign source costs an addition to run, one of the others a multiplication and an addition.',
  },
  {
    name: 'error',
    title: 'Error on the whole domain',
    axis: 'largest |model − ticket| over outputs and domain (logarithmic)',
    names: ERRORS,
    marks: ({ certified, built }) => [
      ...mark('certified', certified),
      ...mark('measured', built?.measured),
    ],
    always: false,
    caption:
      'Certified: proved for every input of the domain. Measured: the largest error that a search found, judged in exact arithmetic, where the system was built. The truth lies between the two.',
  },
];

/** The figures that a comparison has values for, planned systems among them. */
export function comparisonFigures(
  systems: readonly ComparedSystem[],
  epsilon: number,
): NamedFigure[] {
  const guide = { value: epsilon, label: `ε = ${epsilon}, the error allowed` };
  return MEASURES.flatMap(({ name, marks, always, ...words }) => {
    const rows = rowsOf(systems, marks);
    if (!always && rows.every((row) => row.marks.length === 0)) return [];
    const svg = rowPlotFigure(rows, { ...words, ...(name === 'error' && { guide }) });
    return [{ name, svg }];
  });
}
