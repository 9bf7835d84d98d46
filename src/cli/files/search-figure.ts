/** The SVG that `search --figure` writes: curves over epochs, or over kept fractions for a sweep. */
import { sparsityCurveFigure, trainingCurvesFigure } from '../../figures/search-curves.js';
import type { SearchReport } from '../jobs/search.js';
import { type Output, writeParts } from './output-file.js';

function keptFraction({ mask }: SearchReport): number {
  return mask.kept.reduce((sum, count) => sum + count, 0) / mask.edges;
}

function figureOf(reports: readonly SearchReport[]): string {
  const { method, shape, seed, history, epochs } = reports[0] as SearchReport;
  const network = `${method}, ${shape.join('-')}, seed ${seed}`;
  if (reports.length === 1) {
    return trainingCurvesFigure(history, {
      title: `A mask being learned: ${network}`,
      caption:
        'After each epoch. Training samples are counted as they come by, with the mask of each step; the others with the mask after the epoch.',
    });
  }
  const points = reports.flatMap((report) =>
    report.test === null
      ? []
      : [{ kept: keptFraction(report), accuracy: report.test.correct / report.test.samples }],
  );
  return sparsityCurveFigure([{ name: method, points }], {
    title: `Accuracy against edges kept: ${network}`,
    caption: `One search of ${epochs} epochs for each point. Accuracy on the test samples, by the inference engine on each ticket.`,
  });
}

/** Writes the figure of one search, or of a sweep. */
export function writeSearchFigure(output: Output, reports: readonly SearchReport[]): void {
  writeParts(output, [new TextEncoder().encode(figureOf(reports))]);
}
