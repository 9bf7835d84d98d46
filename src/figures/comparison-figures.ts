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

/** The figures that a comparison has values for, planned systems among them. */
export function comparisonFigures(
  systems: readonly ComparedSystem[],
  epsilon: number,
): NamedFigure[] {
  const sizes = rowsOf(systems, ({ planned, built }) => [
    { name: 'planned', value: Number(planned.weights) },
    ...(built === null ? [] : [{ name: 'found', value: Number(built.found.weights) }]),
  ]);
  const widths = rowsOf(systems, ({ planned, built }) => [
    { name: 'planned', value: planned.widest },
    ...(built === null ? [] : [{ name: 'found', value: built.found.widest }]),
  ]);
  const edges = rowsOf(systems, ({ built }) =>
    built === null ? [] : [{ name: 'kept', value: Number(built.kept) }],
  );
  const errors = rowsOf(systems, ({ certified, built }) => [
    ...(certified === null ? [] : [{ name: 'certified', value: Number(certified) }]),
    ...(built === null ? [] : [{ name: 'measured', value: built.measured }]),
  ]);
  const figures: NamedFigure[] = [
    {
      name: 'weights',
      svg: rowPlotFigure(sizes, {
        title: 'Weights of the random source',
        axis: 'source weights (logarithmic)',
        names: SIZES,
        caption:
          'Planned: what the bound asks for, so that the source holds the network with the allowed failure probability. Found: the least source of this seed that does hold it, where the system was built; sources of signs are used as planned. Weights of different systems take different numbers of random bits.',
      }),
    },
    {
      name: 'width',
      svg: rowPlotFigure(widths, {
        title: 'Width of the source',
        axis: 'neurons of the widest layer (logarithmic)',
        names: SIZES,
        caption:
          'Neurons of the widest layer of the random source, as planned and, where the system was built, as found. Diamond and horner take many layers for each layer of the network, the others two.',
      }),
    },
  ];
  if (edges.some(({ marks }) => marks.length > 0)) {
    figures.push({
      name: 'edges',
      svg: rowPlotFigure(edges, {
        title: 'Edges that the mask keeps',
        axis: 'kept edges over all layers (logarithmic)',
        names: EDGES,
        caption:
          'What is left of the source after pruning. An edge of a sign source costs an addition to run, one of the others a multiplication and an addition.',
      }),
    });
  }
  if (errors.some(({ marks }) => marks.length > 0)) {
    figures.push({
      name: 'error',
      svg: rowPlotFigure(errors, {
        title: 'Error on the whole domain',
        axis: 'largest |model − ticket| over outputs and domain (logarithmic)',
        names: ERRORS,
        guide: { value: epsilon, label: `ε = ${epsilon}, the error allowed` },
        caption:
          'Certified: proved for every input of the domain. Measured: the largest error that a search found, judged in exact arithmetic, where the system was built. The truth lies between the two.',
      }),
    });
  }
  return figures;
}
