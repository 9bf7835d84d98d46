/** What a study says at its end, for people and for other programs. */
import type { ExpressivityRecord } from '../../study/expressivity.js';
import type { Line } from '../../study/least-squares.js';
import { fitSizes, type SizeFit, type SizeRecord } from '../../study/size.js';
import { checkSuccess, type SuccessRecord, successCurves } from '../../study/success.js';
import { claims, systemName } from '../../study/table-one.js';
import { summariseUniversality, type UniversalityRecord } from '../../study/universality.js';
import * as format from './format.js';

export interface Summary {
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
  /** Whether what the study checks holds; else the exit code is 1. */
  readonly holds: boolean;
}

const LEVEL = 0.99;

export function summariseSuccess(records: readonly SuccessRecord[]): Summary {
  const verdict = checkSuccess(records, LEVEL);
  const rows = successCurves(records).map(({ system, name, records: own }) => {
    const half = own.find(({ point, result }) => result.failures <= point.seeds / 2);
    const last = own[own.length - 1];
    const size = (record: SuccessRecord): string =>
      format.grouped(system.axis === 'depth' ? record.result.depth : record.result.width);
    return [
      system.construction,
      system.axis,
      name,
      String(own.length),
      half === undefined ? 'none' : size(half),
      size(last),
      `${last.result.failures} of ${format.grouped(last.point.seeds)}`,
      last.result.failureBound.toPrecision(2),
    ];
  });
  const head = ['construction', 'by', 'shape', 'points', 'half at', 'largest', 'fails', 'bound'];
  const right = [false, false, false, true, true, true, true, true];
  const sentence =
    verdict.above.length === 0
      ? `no measured failure is above its bound: ${verdict.points} confidence bands that hold together with probability ${LEVEL}`
      : `${verdict.above.length} of ${verdict.points} measured failures are above their bounds beyond their confidence bands`;
  return {
    lines: [
      ...format.table([head, ...rows], right),
      '',
      sentence,
      `beyond their own 95 % bands: ${verdict.aboveAt95} of ${verdict.points} (chance alone: up to ${Math.ceil(verdict.points / 40)})`,
    ],
    json: { bound: { ...verdict, level: LEVEL } },
    holds: verdict.above.length === 0,
  };
}

/** With a smaller exponent in 1/epsilon a width grows with the logarithm only. */
const POLYNOMIAL = 0.5;

/** All fits but, against epsilon, those of the two that say little: the others stay in the JSON. */
function tellingFits(fits: readonly SizeFit[]): SizeFit[] {
  const polynomial = new Set(
    fits
      .filter(({ against, quantity }) => against === '1/ε' && quantity === 'width')
      .filter(({ measured }) => measured.slope > POLYNOMIAL)
      .map(({ construction }) => construction),
  );
  return fits.filter(({ construction, against }) => {
    if (against === '1/ε') return polynomial.has(construction);
    if (against === 'log(dl/ε)') return !polynomial.has(construction);
    return true;
  });
}

export function summariseSizes(records: readonly SizeRecord[]): Summary {
  const fits = fitSizes(records);
  const slope = (line: Line | null): string =>
    line === null ? '' : line.slope.toFixed(2).replace('-0.00', '0.00');
  const rows = tellingFits(fits).map(({ construction, against, quantity, measured, claimed }) => {
    const text = quantity === 'weights' ? undefined : claims.get(construction)?.[quantity];
    return [
      systemName(construction),
      quantity === 'totalParameters' ? 'width x depth' : quantity,
      against,
      `${slope(measured)} ± ${(2 * measured.slopeError).toFixed(2)}`,
      slope(claimed),
      text ?? '',
    ];
  });
  const head = ['construction', 'quantity', 'against', 'exponent', 'of the claim', 'Table 1'];
  return {
    lines: format.table([head, ...rows], [false, false, false, true, true, false]),
    json: { fits },
    holds: true,
  };
}

export function summariseExpressivity(records: readonly ExpressivityRecord[]): Summary {
  const rows = records.map(({ point, result }) => [
    point.functions,
    String(point.d),
    String(point.m),
    format.grouped(result.pruned),
    format.grouped(result.unpruned),
    (result.pruned / result.unpruned).toFixed(2),
    result.prunedFormula === null ? '' : format.grouped(result.prunedFormula),
    result.unprunedFormula === null ? '' : format.grouped(result.unprunedFormula),
    result.drawMean === null
      ? ''
      : `${result.drawLeast} to ${format.grouped(result.drawMost ?? 0)}, mean ${result.drawMean.toFixed(1)}`,
  ]);
  const differing = records.filter(
    ({ result }) =>
      (result.prunedFormula !== null && result.prunedFormula !== result.pruned) ||
      (result.unprunedFormula !== null && result.unprunedFormula !== result.unpruned),
  );
  const closed = ['closed form', 'closed form'];
  const head = ['functions', 'd', 'm', 'pruned', 'unpruned', 'ratio', ...closed, 'one draw pruned'];
  const right = [false, true, true, true, true, true, true, true, false];
  return {
    lines: [
      ...format.table([head, ...rows], right),
      '',
      differing.length === 0
        ? 'every enumeration agrees with its closed form'
        : `${differing.length} enumerations differ from their closed forms`,
    ],
    json: { counts: records.map(({ point, result }) => ({ ...point, ...result })) },
    holds: differing.length === 0,
  };
}

export function summariseTargets(records: readonly UniversalityRecord[]): Summary {
  const summaries = summariseUniversality(records);
  const rows = summaries.map((each) => [
    each.construction,
    format.count(BigInt(each.sourceWeights)),
    format.grouped(each.targets),
    format.grouped(each.proved),
    format.grouped(each.differentMasks),
    `${format.grouped(each.kept.least)} to ${format.grouped(each.kept.most)}`,
  ]);
  const head = ['construction', 'source weights', 'networks', 'proved', 'different masks', 'kept'];
  return {
    lines: format.table([head, ...rows], [false, true, true, true, true, true]),
    json: { sources: summaries },
    holds: summaries.every(({ targets, proved }) => proved === targets),
  };
}
