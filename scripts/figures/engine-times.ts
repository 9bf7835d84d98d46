/** The picture of docs/inference.md: the time that each engine takes for a sample. */
import { shortNumber, shortTime } from '../../src/figures/numbers.js';
import { OTHERS, SYSTEM_COLOURS } from '../../src/figures/palette.js';
import { type RowLegendEntry, rowPlotFigure } from '../../src/figures/row-plot.js';

/** What `bench/run-engines.mjs` measured of one network. */
export interface EngineTimes {
  readonly network: string;
  readonly batch: number;
  readonly threads: number;
  readonly keptEdges: number;
  /** Weights between neurons that some kept path reaches: what a dense product multiplies. */
  readonly liveWeights: number;
  readonly machine: string;
  readonly rows: readonly { readonly engine: string; readonly microseconds: number }[];
}

const OURS: RowLegendEntry = { name: 'unearth', marker: 'circle', color: SYSTEM_COLOURS.horner };
const PEER: RowLegendEntry = { name: 'ONNX Runtime', marker: 'square', color: OTHERS };

/** The drawing. Throws a RangeError without engines or for times that are not positive. */
export function engineTimesFigure(times: EngineTimes): string {
  const { network, batch, threads, keptEdges, liveWeights, machine, rows } = times;
  return rowPlotFigure(
    rows.map(({ engine, microseconds }) => {
      const { name, color = OTHERS } = engine.startsWith('ONNX Runtime') ? PEER : OURS;
      return { label: engine, color, marks: [{ name, value: microseconds }] };
    }),
    {
      title: `Time for one sample: ${network}`,
      axis: `time for a sample in batches of ${batch}, ${threads === 1 ? 'one thread' : `${threads} threads`} (logarithmic)`,
      names: [OURS, PEER],
      format: shortTime,
      formatTick: shortTime,
      caption:
        `The pruned source has ${shortNumber(keptEdges)} kept edges, and ${shortNumber(liveWeights)} weights between the neurons that are ` +
        'left; fast and float add along the edges, ONNX Runtime multiplies all of these weights. ' +
        'Original: the dense network that was looked for, without a source around it. Median ' +
        `processor times of interleaved runs on ${machine}.`,
    },
  );
}
