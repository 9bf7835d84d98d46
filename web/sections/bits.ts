/** Section 5: what fewer fractional bits cost in error, and save in size; from web/data/bits.json. */
import data from '../data/bits.json';
import { type BitsRow, drawBits, upwards } from '../drawing/bits-plot.js';
import { surface } from '../page/canvas.js';
import { bold, byId, fill, grouped } from '../page/dom.js';

export function startBits(): void {
  const rows: readonly BitsRow[] = data.rows;
  const slider = byId<HTMLInputElement>('bits-slider');
  const chosen = (): BitsRow => rows.find(({ bits }) => bits === Number(slider.value)) ?? rows[0];
  slider.min = String(rows[0].bits);
  slider.max = String(rows[rows.length - 1].bits);
  const own = surface(byId<HTMLCanvasElement>('bits-plot'), ({ pen, width, height }) => {
    drawBits(pen, rows, chosen().bits, width, height);
  });
  const describe = (): void => {
    const { bits, certified, measured, weights } = chosen();
    byId('bits-value').textContent = String(bits);
    const share = (100 * weights) / data.lossless;
    fill(
      byId('bits-words'),
      `With ${bits} bits no output is off by more than `,
      bold(upwards(certified)),
      ' (solid line, certified); the worst that a search found is ',
      bold(measured.toPrecision(3)),
      ' (dashed). The random network has ',
      bold(grouped(weights)),
      ` weights (bars), ${share.toFixed(0)} % of the ${grouped(data.lossless)} that the exact network takes.`,
    );
    own.redraw();
  };
  slider.addEventListener('input', describe);
  byId('bits-source').textContent =
    'The digits classifier, every layer rounded to as many bits, pixels from 0 to 1. Computed by node scripts/explorer-data.mjs --bits.';
  describe();
}
