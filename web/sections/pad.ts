/** The pad on which an input that is a picture is drawn, by pointer or by keys. */
import { inkStroke } from '../drawing/ink.js';
import { palette } from '../library.js';
import { surface } from '../page/canvas.js';
import { byId, make } from '../page/dom.js';
import { formOf, SAMPLES, sampleAt } from '../page/input-form.js';
import { offerSaving } from '../page/save.js';
import { on, tell, view } from '../page/state.js';

/** Cells of the pad in a row and in a column; 0 where the input is no picture. */
function sideNow(): number {
  const form = formOf(view.input.length);
  return form.kind === 'pad' ? form.side : 0;
}

const KEYS = 'Arrow keys move, space inks a cell, delete clears it.';

export function startPad(): void {
  const canvas = byId<HTMLCanvasElement>('pad');
  let cursor: number | undefined;
  const pad = surface(canvas, ({ pen, width }) => {
    const side = sideNow();
    if (side === 0) return;
    const cell = width / side;
    const grid = { stroke: palette.GRID, width: side > 16 ? 0.5 : 1 };
    view.input.forEach((value, at) => {
      const [x, y] = [(at % side) * cell, Math.floor(at / side) * cell];
      if (value > 0) pen.rect(x, y, cell, cell, palette.INK, value / 255);
      pen.frame(x, y, cell, cell, grid);
    });
    if (cursor !== undefined && cursor < side * side && document.activeElement === canvas) {
      const [x, y] = [(cursor % side) * cell, Math.floor(cursor / side) * cell];
      const rim = Math.min(2, cell / 8);
      pen.frame(x + rim, y + rim, cell - 2 * rim, cell - 2 * rim, {
        stroke: palette.SIGNS.positive,
        width: 3,
      });
    }
  });
  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    const side = sideNow();
    return [
      ((event.clientX - box.left) / box.width) * side,
      ((event.clientY - box.top) / box.height) * side,
    ];
  };
  let last: [number, number] | undefined;
  const ink = (event: PointerEvent): void => {
    const now = place(event);
    inkStroke(view.input, last ?? now, now);
    last = now;
    tell('input');
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = undefined;
    cursor = undefined;
    ink(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last !== undefined) ink(event);
  });
  const lift = (): void => {
    last = undefined;
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('keydown', (event) => {
    const side = sideNow();
    const at = Math.min(cursor ?? 0, side * side - 1);
    const [x, y] = [at % side, Math.floor(at / side)];
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: x > 0 ? at - 1 : at,
      ArrowRight: x < side - 1 ? at + 1 : at,
      ArrowUp: y > 0 ? at - side : at,
      ArrowDown: y < side - 1 ? at + side : at,
    };
    cursor = at;
    if (event.key in moves) cursor = moves[event.key];
    else if (event.key === ' ') view.input[at] = view.input[at] === 255 ? 0 : 255;
    else if (event.key === 'Delete' || event.key === 'Backspace') view.input[at] = 0;
    else return;
    event.preventDefault();
    const where = `Row ${Math.floor(cursor / side) + 1}, column ${(cursor % side) + 1}`;
    const what = view.input[cursor] > 0 ? 'ink' : 'paper';
    canvas.setAttribute('aria-label', `Drawing. ${where}: ${what}. ${KEYS}`);
    if (!event.key.startsWith('Arrow')) tell('input');
    pad.redraw();
  });
  canvas.addEventListener('focus', () => {
    cursor ??= 0;
    pad.redraw();
  });
  canvas.addEventListener('blur', pad.redraw);
  on('input', pad.redraw);
  on('opened', () => {
    const side = sideNow();
    canvas.setAttribute('aria-label', `Drawing of ${side} by ${side} cells. ${KEYS}`);
    pad.redraw();
  });
  const buttons = SAMPLES.map((_, digit) => {
    const button = make('button', { type: 'button', 'aria-label': `a drawn ${digit}` }, `${digit}`);
    button.addEventListener('click', () => {
      view.input = sampleAt(digit, sideNow());
      tell('input');
    });
    return button;
  });
  const clear = make('button', { type: 'button' }, 'clear');
  clear.addEventListener('click', () => {
    view.input = new Uint8Array(view.input.length);
    tell('input');
  });
  byId('samples').append(...buttons, clear);
  offerSaving('pad', canvas);
}
