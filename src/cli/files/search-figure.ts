/** The SVG that `search --figure` writes: curves over epochs, or over kept fractions for a sweep. */
import { sparsityCurveFigure, trainingCurvesFigure } from '../../figures/search-curves.js';
import type { SearchReport } from '../jobs/search.js';
import { type Output, writeParts } from './output-file.js';

function keptFraction({ mask }: SearchReport): number {
  return mask.kept.reduce((sum, count) => sum + count, 0) / mask.edges;
}

function figureOf(reports: readonly SearchReport[]): string {
  const { method, network: shape, seed, history, epochs } = reports[0] as SearchReport;
  const network = `${method}, ${shape}, seed ${seed}`;
  if (reports.length === 1) {
    return trainingCurvesFigure(history, {
      title: `A mask being learned: ${network}`,
      caption:
        'After each epoch. Training samples are counted as they come by, with the mask of each step; the others with the mask after the epoch.',
    });
  }
  const methods = [...new Set(reports.map((report) => report.method))];
  const seeds = new Set(reports.map((report) => report.seed)).size;
  const sweeps = methods.map((name) => ({
    name,
    points: reports
      .filter((report) => report.method === name)
      .flatMap((report) =>
        report.test === null
          ? []
          : [
              {
                kept: keptFraction(report),
                accuracy: report.test.correct / report.test.samples,
                group: report.keep.join(','),
              },
            ],
      ),
  }));
  const of = seeds === 1 ? `seed ${seed}` : `${seeds} seeds`;
  const band = seeds === 1 ? '' : ' Means over the seeds; bands from the least to the largest.';
  return sparsityCurveFigure(sweeps, {
    title: `Accuracy against edges kept: ${methods.join(', ')}, ${shape}, ${of}`,
    caption: `One search of ${epochs} epochs for each point and seed. Accuracy on the test samples, by the inference engine on each ticket.${band}`,
  });
}

/** Writes the figure of one search, or of a sweep. */
export function writeSearchFigure(output: Output, reports: readonly SearchReport[]): void {
  writeParts(output, [new TextEncoder().encode(figureOf(reports))]);
}
