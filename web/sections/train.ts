/** Section 8: learning a mask in the page, loaded when it is asked for. */
import settings from '../data/training.json';
import { palette } from '../library.js';
import { surface } from '../page/canvas.js';
import { bold, byId, bytes, fill, grouped } from '../page/dom.js';
import { shown } from '../page/scheme.js';
import { workerClient } from '../page/worker-client.js';
import type { TrainedEpoch } from '../worker/protocol.js';

const { frame, chosen, candidates } = settings;
const EPOCHS = frame.epochs;
const LEFT = 46;

export function startTrain(): void {
  const go = byId<HTMLButtonElement>('train-go');
  const stop = byId<HTMLButtonElement>('train-stop');
  const bar = byId<HTMLProgressElement>('train-progress');
  const words = byId('train-words');
  const plotCanvas = byId<HTMLCanvasElement>('train-plot');
  const maskCanvas = byId<HTMLCanvasElement>('train-mask');
  let epochs: TrainedEpoch[] = [];
  const plot = surface(plotCanvas, ({ pen, width, height }) => {
    const bottom = height - 30;
    const xOf = (epoch: number): number =>
      LEFT + ((epoch - 1) / (EPOCHS - 1)) * (width - LEFT - 14);
    const yOf = (accuracy: number): number => 12 + (1 - accuracy) * (bottom - 12);
    for (const share of [0, 0.25, 0.5, 0.75, 0.9, 1]) {
      const y = yOf(share);
      const stroke = share === 0.9 ? palette.QUIET : palette.GRID;
      pen.line(
        [
          [LEFT, y],
          [width - 14, y],
        ],
        { stroke, width: 1 },
      );
      pen.text(LEFT - 6, y + 4, `${100 * share} %`, {
        size: 12,
        fill: palette.QUIET,
        anchor: 'end',
      });
    }
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      pen.text(xOf(epoch), height - 12, String(epoch), {
        size: 12,
        fill: palette.QUIET,
        anchor: 'middle',
      });
    }
    const { training, validation } = palette.SAMPLE_COLOURS;
    const curves = [
      ['accuracy', training, [4, 3]],
      ['heldOut', validation, undefined],
    ] as const;
    for (const [key, stroke, dash] of curves) {
      const points = epochs.map((each) => [xOf(each.epoch), yOf(each[key])] as const);
      pen.line(points, { stroke, width: 2, ...(dash && { dash }) });
      for (const [x, y] of points) pen.circle(x, y, 3.5, palette.PAPER, stroke, 2);
    }
  });
  const maskPlot = surface(maskCanvas, ({ context, width, height }) => {
    const mask = epochs.at(-1)?.mask;
    if (mask === undefined) return;
    const rows = chosen.widths[0];
    const columns = mask.length / rows;
    context.fillStyle = shown(palette.INK);
    mask.forEach((kept, at) => {
      if (kept === 0) return;
      // Scores of a layer come neuron after neuron, the inputs of each together.
      const [x, y] = [Math.floor(at / rows), at % rows];
      context.fillRect(
        (x * width) / columns,
        (y * height) / rows,
        width / columns - 0.4,
        height / rows - 0.4,
      );
    });
  });
  byId('train-source').textContent =
    `${grouped(frame.training - frame.heldOut)} drawn digits, ${grouped(frame.heldOut)} held out to look at; the ${grouped(frame.test)} test digits are read once, at the end. The layers ${chosen.widths.join('-')}, a learning rate of ${chosen.learningRate} and keeping ${100 * chosen.keep} % were the best of ${candidates.length} choices on the digits held out (node scripts/explorer-training.mjs).`;
  let controller: AbortController | undefined;
  stop.addEventListener('click', () => controller?.abort());
  go.addEventListener('click', async () => {
    controller = new AbortController();
    epochs = [];
    go.hidden = true;
    for (const each of [stop, bar, plotCanvas, maskCanvas]) each.hidden = false;
    plot.redraw();
    const client = workerClient(
      new Worker(new URL('../worker/train.ts', import.meta.url), { type: 'module' }),
    );
    try {
      const outcome = await client.call(
        'train',
        {},
        {
          signal: controller.signal,
          onStep: (step) => {
            bar.value = step.done;
            if (step.epoch === undefined) {
              words.textContent = step.words;
              return;
            }
            epochs.push(step.epoch);
            plot.redraw();
            maskPlot.redraw();
          },
        },
      );
      if (!outcome.finished) words.textContent = 'Stopped.';
      else {
        const { correct, count, edges, kept, bytes: size } = outcome;
        fill(
          words,
          'Its ticket, run from seed and mask, is right on ',
          bold(`${((100 * correct) / count).toFixed(1)} %`),
          ` of ${grouped(count)} test digits, with ${grouped(kept)} of ${grouped(edges)} edges kept, in ${bytes(size)}. Epoch by epoch, solid: right on digits held out; dashed: on those that it trains with; below: the first layer’s mask, a dot for each kept edge. `,
          bold('Its own network, no proof of equality.'),
        );
      }
    } catch (error) {
      const isStopped = controller.signal.aborted;
      words.textContent = isStopped
        ? 'Stopped.'
        : `It failed: ${error instanceof Error ? error.message : error}`;
    } finally {
      client.end();
      for (const each of [stop, bar]) each.hidden = true;
      go.hidden = false;
      go.textContent = 'train again';
    }
  });
}
