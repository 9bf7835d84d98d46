/** An input of two numbers is a point of a plane, on which both networks' classes are drawn side by side. */
import { fillPixels, pixelOf } from '../drawing/pixels.js';
import { palette } from '../library.js';
import { surface } from '../page/canvas.js';
import { byId, grouped } from '../page/dom.js';
import { formOf, stepsOf, valuesOf } from '../page/input-form.js';
import { offerSaving } from '../page/save.js';
import { shown } from '../page/scheme.js';
import { ask } from '../page/stage.js';
import { foundNow, on, tell, view } from '../page/state.js';
import { reasonOf } from '../page/verdict.js';
import type { Regions } from '../worker/protocol.js';

/** Points in a row and in a column, at each of which both networks are evaluated. */
const SIDE = 64;

const NAMES = ['trained', 'pruned'] as const;
const CANVASES = { trained: 'regions-target', pruned: 'regions-ticket' } as const;

/** As many classes as are told apart; further ones begin anew. */
const COLOURS = [1, 4, 7, 2, 5, 0, 3, 6].map((shade) => palette.SHADES[shade]);

export function startPlane(): void {
  let regions: Regions | undefined;
  let controller: AbortController | undefined;
  const [sliderX, sliderY] = ['point-x', 'point-y'].map((id) => byId<HTMLInputElement>(id));
  const isPlane = (): boolean => formOf(view.input.length).kind === 'plane';
  const steps = stepsOf({ kind: 'plane' });
  const setPoint = (x: number, y: number): void => {
    view.input = Uint8Array.of(
      ...[x, y].map((each) => Math.min(255, Math.max(0, Math.round(steps * each)))),
    );
    tell('input');
  };
  const drawn = NAMES.map((name) => {
    const canvas = byId<HTMLCanvasElement>(CANVASES[name]);
    const own = surface(canvas, (drawing) => {
      if (!isPlane()) return;
      const { pen, width } = drawing;
      if (regions !== undefined) {
        const { side } = regions;
        const pixels = drawing.pixels();
        const table = COLOURS.map((colour) => pixelOf(shown(colour)));
        const edge = (at: number): number => Math.round((at * pixels.width) / side);
        regions[name].forEach((each, at) => {
          const [column, row] = [at % side, Math.floor(at / side)];
          const pixel = table[each % table.length];
          fillPixels(pixels, edge(column), edge(row), edge(column + 1), edge(row + 1), pixel);
        });
        pixels.put();
      }
      const [x, y] = [view.input[0] / steps, view.input[1] / steps];
      pen.circle(x * width, (1 - y) * width, 6, palette.PAPER, palette.INK, 2);
    });
    canvas.addEventListener('pointerdown', (event) => {
      const box = canvas.getBoundingClientRect();
      setPoint((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height);
    });
    offerSaving(CANVASES[name], canvas, { words: name });
    return own;
  });
  const redraw = (): void => {
    for (const each of drawn) each.redraw();
  };
  for (const slider of [sliderX, sliderY]) {
    slider.addEventListener('input', () => setPoint(Number(sliderX.value), Number(sliderY.value)));
  }
  const follow = (): void => {
    const found = foundNow();
    if (!isPlane() || found === undefined) return;
    const values = valuesOf(view.input, found);
    [sliderX, sliderY].forEach((slider, axis) => {
      slider.value = String(view.input[axis] / steps);
      slider.setAttribute('aria-valuetext', String(values[axis]));
    });
    redraw();
  };
  on('input', follow);
  on('opened', async () => {
    controller?.abort();
    regions = undefined;
    if (!isPlane()) return;
    follow();
    controller = new AbortController();
    const { signal } = controller;
    const words = byId('regions-words');
    words.textContent = 'Evaluating both networks point by point …';
    try {
      const onStep = ({ done }: { readonly done: number }): void => {
        words.textContent = `Evaluating both networks point by point: ${Math.round(100 * done)} %`;
      };
      const answer = await ask('regions', { side: SIDE }, { signal, onStep });
      if (answer === undefined) return;
      regions = answer;
      const points = grouped(SIDE * SIDE);
      words.textContent =
        answer.different === 0
          ? `The same to the pixel: at all ${points} points all outputs of both are equal, in exact arithmetic. Colours are the classes. Click to move the point.`
          : `The outputs differ at ${grouped(answer.different)} of ${points} points.`;
      redraw();
    } catch (error) {
      if (!signal.aborted) words.textContent = `It could not be run: ${reasonOf(error)}`;
    }
  });
}
