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
import { PALETTE, type Panel, plotFigure, type Series } from './plot.js';

/** Level of the drawn bands. */
const LEVEL = 0.95;
function panelOf({ name, records, system }: SuccessCurve): Panel {
  const byDepth = system.axis === 'depth';
  const x = ({ result }: SuccessRecord): number => (byDepth ? result.depth : result.width);
  const measured: Series = {
    name: 'measured, with 95 % confidence band',
    color: PALETTE[0],
    dots: true,
    points: records.map((record) => [x(record), 1 - record.result.failures / record.point.seeds]),
    band: records.map((record) => {
      const { low, high } = failureBand(record, LEVEL);
      return [x(record), 1 - high, 1 - low];
    }),
  };
  const bound: Series = {
    name: 'theory: at least 1 − failure bound',
    color: PALETTE[1],
    line: 'dashed',
    points: records.map((record) => [x(record), 1 - record.result.failureBound]),
  };
  const sizes = records.map(x);
  // An S over more than a power of ten is squeezed to the left on a linear axis.
  const wide = Math.max(...sizes) > 12 * Math.min(...sizes);
  return {
    title: name,
    x: {
      label: byDepth ? 'weight layers of the source' : 'widest layer of the source (neurons)',
      scale: wide ? 'logarithmic' : 'linear',
      // There are no half layers.
      ...(byDepth ? { ticks: sizes } : {}),
    },
    y: { label: 'share of seeds that succeed', scale: 'linear', range: [0, 1] },
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
      `Each dot: the share of the seeds ${firstSeed} to ${firstSeed + seeds - 1} whose random source holds ${system.event}, ` +
      `over the ${byDepth ? 'number of its layers' : 'number of neurons in its widest layer'}; ` +
      `varied: ${system.varied}. Panels: ${system.shapeWords}. Band: Clopper and Pearson, ` +
      '95 % for each dot. Dashed: the least share that theory promises.',
    columns: 2,
    width: 860,
    panelHeight: 170,
  });
}

const TICKS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

/** Measured failures over bounds, for all points where a failure was seen. */
function boundsFigure(records: readonly SuccessRecord[]): string {
  const axis = {
    scale: 'logarithmic',
    range: [0.0005, 1],
    ticks: TICKS,
    format: (value: number) => `${Number((100 * value).toPrecision(3))} %`,
  } as const;
  const constructions = [...new Set(records.map(({ point }) => point.construction))];
  const { seeds } = records[0].point;
  const series = constructions.map((construction, index): Series => {
    const own = records.filter(
      ({ point, result }) => point.construction === construction && result.failures > 0,
    );
    const bound = ({ result }: SuccessRecord): number => result.failureBound;
    return {
      name: systemName(construction),
      color: PALETTE[index],
      line: 'none',
      dots: true,
      points: own.map((record) => [bound(record), record.result.failures / record.point.seeds]),
      bars: own.map((record) => {
        const { low, high } = failureBand(record, LEVEL);
        return [bound(record), low, high];
      }),
    };
  });
  return plotFigure(
    [
      {
        x: { ...axis, label: 'failure bound that theory states' },
        y: { ...axis, label: 'measured share of seeds that fail' },
        series,
        guides: [{ at: 'diagonal', label: 'measured = bound' }],
      },
    ],
    {
      title: 'Failures stay below their bounds',
      caption:
        `Each dot is one source size of one construction on one shape: the share of ${seeds.toLocaleString('en')} seeds that fail, over the ` +
        'bound of the probability to fail. Bars: 95 % confidence (Clopper and Pearson). ' +
        'Points without any failure are not drawn; bounds of 1 and more say nothing and stand at 100 %.',
      width: 680,
      panelHeight: 360,
    },
  );
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
  if (records.length > 0) figures.set('success-bounds.svg', boundsFigure(records));
  return figures;
}
