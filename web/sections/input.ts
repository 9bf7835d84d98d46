/** Section 2, left: the drawing or the point that runs through both networks, and their outputs. */

import images from '../data/samples.json';
import { inkStroke, SIDE } from '../drawing/ink.js';
import { palette } from '../library.js';
import { surface } from '../page/canvas.js';
import { bold, byId, fill, make } from '../page/dom.js';
import { shown } from '../page/scheme.js';
import { foundNow, on, tell, view } from '../page/state.js';
import type { WorkerClient } from '../page/worker-client.js';
import type { Traced } from '../worker/protocol.js';

const samples: readonly (readonly number[])[] = images;

/** The input as the networks take it. */
export function inputValues(): Float64Array {
  const divide = view.example === 'digits' ? 255 : 256;
  return Float64Array.from(view.input, (value) => value / divide);
}

function startPad(): void {
  const canvas = byId<HTMLCanvasElement>('pad');
  let cursor: number | undefined;
  const pad = surface(canvas, ({ pen, width }) => {
    const cell = width / SIDE;
    view.input.forEach((value, at) => {
      const [x, y] = [(at % SIDE) * cell, Math.floor(at / SIDE) * cell];
      if (value > 0) pen.rect(x, y, cell, cell, palette.INK, value / 255);
      pen.frame(x, y, cell, cell, { stroke: palette.GRID, width: 1 });
    });
    if (cursor !== undefined && document.activeElement === canvas) {
      const [x, y] = [(cursor % SIDE) * cell, Math.floor(cursor / SIDE) * cell];
      pen.frame(x + 2, y + 2, cell - 4, cell - 4, { stroke: palette.SIGNS.positive, width: 3 });
    }
  });
  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * SIDE,
      ((event.clientY - box.top) / box.height) * SIDE,
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
    const at = cursor ?? 0;
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: x > 0 ? at - 1 : at,
      ArrowRight: x < SIDE - 1 ? at + 1 : at,
      ArrowUp: y > 0 ? at - SIDE : at,
      ArrowDown: y < SIDE - 1 ? at + SIDE : at,
    };
    if (event.key in moves) cursor = moves[event.key];
    else if (event.key === ' ') view.input[at] = view.input[at] === 255 ? 0 : 255;
    else if (event.key === 'Delete' || event.key === 'Backspace') view.input[at] = 0;
    else return;
    event.preventDefault();
    cursor ??= at;
    canvas.setAttribute(
      'aria-label',
      `Drawing. Row ${Math.floor(cursor / SIDE) + 1}, column ${(cursor % SIDE) + 1}: ${view.input[cursor] > 0 ? 'ink' : 'paper'}. Arrow keys move, space inks a cell, delete clears it.`,
    );
    if (!event.key.startsWith('Arrow')) tell('input');
    pad.redraw();
  });
  canvas.addEventListener('focus', () => {
    cursor ??= 0;
    pad.redraw();
  });
  canvas.addEventListener('blur', pad.redraw);
  on('input', pad.redraw);
  const buttons = samples.map((image, digit) => {
    const button = make('button', { type: 'button', 'aria-label': `a drawn ${digit}` }, `${digit}`);
    button.addEventListener('click', () => {
      view.input = Uint8Array.from(image);
      tell('input');
    });
    return button;
  });
  const clear = make('button', { type: 'button' }, 'clear');
  clear.addEventListener('click', () => {
    view.input = new Uint8Array(SIDE * SIDE);
    tell('input');
  });
  byId('samples').append(...buttons, clear);
}

/** An input to begin with. */
export function firstInput(): Uint8Array {
  return view.example === 'digits' ? Uint8Array.from(samples[3]) : Uint8Array.of(64, 128);
}

function showOutputs({ pruned, trained, values }: Traced): void {
  const most = Math.max(...values.map(Math.abs), 1e-9);
  const best = values.indexOf(Math.max(...values));
  const low = Math.min(0, ...values);
  const span = Math.max(0, ...values) - low || most;
  const cells = values.flatMap((value, index) => {
    const kind = index === best ? 'best' : '';
    const fillBar = make('span', { class: `fill ${kind}` });
    const from = ((Math.min(value, 0) - low) / span) * 100;
    fillBar.style.left = `${from}%`;
    fillBar.style.width = `${Math.max(0.6, (Math.abs(value) / span) * 100)}%`;
    return [
      make('span', { class: kind }, String(index)),
      make('span', { class: 'track', 'aria-hidden': 'true' }, fillBar),
      make('span', { class: kind }, value.toFixed(3).replace('-', '−')),
    ];
  });
  fill(byId('outputs'), ...cells);
  const same = pruned.filter((text, index) => text === trained[index]).length;
  const isEqual = same === pruned.length;
  const places = pruned[best].replace(/\D/g, '').length;
  fill(
    byId('equal'),
    bold(isEqual ? '= equal, exactly' : '≠ not equal'),
    isEqual
      ? `, in all ${same} outputs. The answer is ${best}. Both numbers were computed apart from each other; output ${best} has ${places} decimal digits, all the same.`
      : `: ${same} of ${pruned.length} outputs are the same.`,
  );
  fill(
    byId('digits-exact'),
    ...pruned.flatMap((text, index) => [
      make('div', {}, bold(`output ${index}`)),
      make('p', { class: 'exact' }, `pruned random network ${text}`),
      make('p', { class: 'exact' }, `trained network ${trained[index]}`),
    ]),
  );
}

/** Follows the input as it changes; only the newest one waits. */
function startTracing(worker: WorkerClient, onTrace: (traced: Traced) => void): void {
  let isBusy = false;
  let isAsked = false;
  const run = async (): Promise<void> => {
    if (foundNow() === undefined) return;
    if (isBusy) {
      isAsked = true;
      return;
    }
    isBusy = true;
    try {
      const traced = await worker.call('trace', { input: inputValues() });
      showOutputs(traced);
      onTrace(traced);
    } finally {
      isBusy = false;
    }
    if (isAsked) {
      isAsked = false;
      await run();
    }
  };
  on('input', run);
  on('opened', run);
}

/** The two-input example: its classes as two pictures, each computed by itself. */
function startRegions(worker: WorkerClient): void {
  const side = 64;
  let classes: { readonly trained: Uint8Array; readonly pruned: Uint8Array } | undefined;
  let controller: AbortController | undefined;
  const colours = [palette.SHADES[1], palette.SHADES[4], palette.SHADES[7]];
  const drawn = (['trained', 'pruned'] as const).map((name) => {
    const canvas = byId<HTMLCanvasElement>(
      name === 'trained' ? 'regions-target' : 'regions-ticket',
    );
    const own = surface(canvas, ({ pen, context, width }) => {
      const cell = width / side;
      classes?.[name].forEach((each, at) => {
        context.fillStyle = shown(colours[each]);
        const [x, y] = [(at % side) * cell, Math.floor(at / side) * cell];
        context.fillRect(x, y, cell + 0.5, cell + 0.5);
      });
      const [x, y] = inputValues();
      pen.circle(x * width, (1 - y) * width, 6, palette.PAPER, palette.INK, 2);
    });
    canvas.addEventListener('pointerdown', (event) => {
      const box = canvas.getBoundingClientRect();
      setPoint((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height);
    });
    return own;
  });
  const [sliderX, sliderY] = ['point-x', 'point-y'].map((id) => byId<HTMLInputElement>(id));
  const setPoint = (x: number, y: number): void => {
    view.input = Uint8Array.of(
      ...[x, y].map((each) => Math.min(255, Math.max(0, Math.round(256 * each)))),
    );
    tell('input');
  };
  for (const slider of [sliderX, sliderY]) {
    slider.addEventListener('input', () => setPoint(Number(sliderX.value), Number(sliderY.value)));
  }
  on('input', () => {
    if (view.example !== 'toy') return;
    [sliderX.value, sliderY.value] = Array.from(inputValues(), String);
    for (const { redraw } of drawn) redraw();
  });
  on('opened', async () => {
    controller?.abort();
    classes = undefined;
    if (view.example !== 'toy') return;
    controller = new AbortController();
    const words = byId('regions-words');
    try {
      const result = await worker.call('regions', { side }, { signal: controller.signal });
      classes = result;
      const points = side * side;
      words.textContent =
        result.different === 0
          ? `The same to the pixel: at all ${points.toLocaleString('en')} points all outputs are equal, in exact arithmetic. Click to move the point.`
          : `The outputs differ at ${result.different} of ${points} points.`;
      for (const { redraw } of drawn) redraw();
    } catch (error) {
      if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    }
  });
}

export function startInput(worker: WorkerClient, onTrace: (traced: Traced) => void): void {
  startPad();
  startRegions(worker);
  startTracing(worker, onTrace);
  on('opened', () => {
    const isToy = view.example === 'toy';
    byId('pad-box').hidden = isToy;
    byId('regions-box').hidden = !isToy;
    byId('draw-title').textContent = isToy ? 'Choose a point' : 'Draw a digit';
  });
}
