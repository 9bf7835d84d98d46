/**
 * The figures of the success study: per construction the share of seeds that succeed against the width
 * or depth of the source, and for all points together the measured failures against their bounds.
 */
import {
  failureBand,
  type SuccessCurve,
  type SuccessRecord,
  successCurves,
} from '../study/success.js';
import { systemName } from '../study/table-one.js';
import { systemStyle } from './marks.js';
import { INK } from './palette.js';
import type { Panel, Series } from './panel.js';
import { plotFigure } from './plot.js';

/** Level of the drawn bands. */
const LEVEL = 0.95;
const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

function panelOf({ name, records, system }: SuccessCurve): Panel {
  const byDepth = system.axis === 'depth';
  const x = ({ result }: SuccessRecord): number => (byDepth ? result.depth : result.width);
  const measured: Series = {
    name: 'measured, with 95 % band',
    ...systemStyle(system.construction),
    dots: true,
    points: records.map((record) => [x(record), 1 - record.result.failures / record.point.seeds]),
    band: records.map((record) => {
      const { low, high } = failureBand(record, LEVEL);
      return [x(record), 1 - high, 1 - low];
    }),
  };
  const bound: Series = {
    name: 'promised: 1 − failure bound',
    color: INK,
    line: 'dashed',
    points: records.map((record) => [x(record), 1 - record.result.failureBound]),
  };
  const sizes = records.map(x);
  // An S over more than a power of ten is squeezed to the left on a linear axis.
  const wide = Math.max(...sizes) > 12 * Math.min(...sizes);
  return {
    title: name,
    x: {
      label: byDepth ? 'weight layers of the source' : 'neurons of the widest layer',
      scale: wide ? 'logarithmic' : 'linear',
      // There are no half layers.
      ...(byDepth ? { ticks: sizes } : {}),
    },
    y: {
      label: 'seeds that succeed',
      scale: 'linear',
      range: [0, 1],
      ticks: [0, 0.25, 0.5, 0.75, 1],
      format: percent,
    },
    series: [measured, bound],
  };
}

/** One figure: all shapes of one construction. */
function curvesFigure(curves: readonly SuccessCurve[]): string {
  const [{ system, records }] = curves;
  const { seeds, firstSeed } = records[0].point;
  const byDepth = system.axis === 'depth';
  return plotFigure(curves.map(panelOf), {
    title: `${systemName(system.construction)}: success against the ${byDepth ? 'depth' : 'width'} of the source`,
    caption:
      `Each mark: the share of the seeds ${firstSeed} to ${firstSeed + seeds - 1} whose random source holds ${system.event}, ` +
      `over the ${byDepth ? 'number of its layers' : 'number of neurons in its widest layer'}. ` +
      `Varied: ${system.variedWords}. Above each panel: ${system.shapeWords}. Band: ` +
      'Clopper and Pearson, 95 % for each mark. Dashed: the least share that theory promises.',
    columns: 2,
    panelHeight: 160,
  });
}

const TICKS = [0.001, 0.01, 0.1, 1];

/** Measured failures over bounds, for all points where a failure was seen and the bound says anything. */
function boundsFigure(records: readonly SuccessRecord[]): string | null {
  const axis = { scale: 'logarithmic', range: [0.0003, 1], ticks: TICKS, format: percent } as const;
  const constructions = [...new Set(records.map(({ point }) => point.construction))];
  const { seeds } = records[0].point;
  const silent: string[] = [];
  const panels = constructions.flatMap((construction): Panel[] => {
    const own = records.filter(
      ({ point, result }) =>
        point.construction === construction && result.failures > 0 && result.failureBound < 1,
    );
    if (own.length === 0) {
      silent.push(systemName(construction));
      return [];
    }
    const bound = ({ result }: SuccessRecord): number => result.failureBound;
    return [
      {
        title: systemName(construction),
        x: { ...axis, label: 'failure bound' },
        y: { ...axis, label: 'seeds that fail' },
        series: [
          {
            name: systemName(construction),
            ...systemStyle(construction),
            line: 'none',
            dots: true,
            points: own.map((record) => [
              bound(record),
              record.result.failures / record.point.seeds,
            ]),
            bars: own.map((record) => {
              const { low, high } = failureBand(record, LEVEL);
              return [bound(record), low, high];
            }),
          },
        ],
        guides: [{ at: 'diagonal', label: 'measured = bound' }],
      },
    ];
  });
  if (panels.length === 0) return null;
  const without =
    silent.length === 0
      ? ''
      : ` ${silent.join(', ')}: not drawn, because every source that failed had a bound of 100 %.`;
  return plotFigure(panels, {
    title: 'Measured failures and their bounds',
    caption:
      `Each mark is one source size of one system on one shape: the share of ${seeds.toLocaleString('en')} seeds that fail, over ` +
      'the bound of the probability to fail. Bars: 95 % confidence (Clopper and Pearson). Sources that ' +
      `never failed, and those whose bound is 100 % and says nothing, are not drawn.${without}`,
    columns: 2,
    panelHeight: 180,
  });
}

/** File name (without folder) and content of every figure of the study. */
export function successFigures(records: readonly SuccessRecord[]): Map<string, string> {
  const systems = new Map<string, SuccessCurve[]>();
  for (const curve of successCurves(records)) {
    const name = `success-${curve.system.construction}-${curve.system.axis}.svg`;
    const curves = systems.get(name);
    if (curves === undefined) systems.set(name, [curve]);
    else curves.push(curve);
  }
  const figures = new Map([...systems].map(([name, curves]) => [name, curvesFigure(curves)]));
  const bounds = records.length > 0 ? boundsFigure(records) : null;
  if (bounds !== null) figures.set('success-bounds.svg', bounds);
  return figures;
}
