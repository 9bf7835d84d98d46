/** Section 3: a trained weight, and the ladder of kept edges that makes it. */

import { drawMatrixPixels, matrixPixels } from '../drawing/matrix-pixels.js';
import {
  drawLadder,
  ladderFrame,
  ladderLayerAt,
  ladderX,
  palette,
  svgDocument,
  svgPen,
  type WeightLadder,
} from '../library.js';
import { surface } from '../page/canvas.js';
import { bold, byId, fill, make } from '../page/dom.js';
import { offerSaving } from '../page/save.js';
import { shown } from '../page/scheme.js';
import { ask } from '../page/stage.js';
import { foundNow, on, tell, view } from '../page/state.js';
import { TaskError } from '../page/worker-client.js';

/** What a layer of the ladder does, in a sentence. */
function sentence(ladder: WeightLadder, index: number): (Node | string)[] {
  const { layers, offset, integer } = ladder;
  const { number, neurons, edges } = layers[index];
  const before = layers[index - 1];
  if (index === layers.length - 1) {
    return [
      `Output: ${before.number} − ${offset} = `,
      bold(String(integer)),
      offset === 0n ? '.' : '. The offset is taken away by an edge that the seed drew as −1.',
    ];
  }
  const digits = edges.filter(
    ({ from, to }) => before.neurons[from].part === 'carrier' && neurons[to].part === 'chain',
  );
  const growth = neurons.filter(({ part }) => part === 'chain').length;
  const kept = digits.filter((each) => each.kept);
  const sum = kept.reduce((total, { sign }) => total + sign, 0);
  const signs = digits.map(
    ({ sign, kept: isKept }) => `${sign === 1 ? '+1' : '−1'} ${isKept ? 'kept' : 'cut'}`,
  );
  const added = sum < 0 ? `− ${-sum}` : `+ ${sum}`;
  return [
    `Layer ${index} of ${layers.length - 1}: ${growth} · ${before.number} ${added} = `,
    bold(String(number)),
    growth === 0
      ? '. The chain has not begun.'
      : digits.length === 0
        ? '. The carrier has ended: no digit is to come.'
        : `. Between carrier and chain the seed drew ${digits.length} ${digits.length === 1 ? 'edge' : 'edges'} (${signs.join(', ')}).`,
  ];
}

export function startWeight(onLadder: (ladder: WeightLadder | undefined) => void): void {
  const block = byId<HTMLSelectElement>('weight-block');
  const row = byId<HTMLInputElement>('weight-row');
  const column = byId<HTMLInputElement>('weight-column');
  const rung = byId<HTMLInputElement>('rung');
  const canvas = byId<HTMLCanvasElement>('ladder');
  const matrixCanvas = byId<HTMLCanvasElement>('matrix');
  let ladder: WeightLadder | undefined;
  let pointed = 1;
  let asked = 0;

  const room = (): number => Math.max(280, (canvas.parentElement?.clientWidth ?? 600) - 4);
  const own = surface(
    canvas,
    ({ pen, width }) => {
      if (ladder !== undefined) drawLadder(pen, ladder, ladderFrame(ladder, width), pointed);
    },
    {
      fixed: () => {
        if (ladder === undefined) return undefined;
        const size = ladderFrame(ladder, room());
        canvas.style.width = `${size.width}px`;
        canvas.style.height = `${size.height}px`;
        return size;
      },
    },
  );
  const describe = (): void => {
    if (ladder === undefined) return;
    byId('rung-value').textContent = String(pointed);
    fill(byId('ladder-words'), ...sentence(ladder, pointed));
  };
  const point = (index: number): void => {
    pointed = index;
    rung.value = String(index);
    describe();
    own.redraw();
  };
  canvas.addEventListener('pointermove', (event) => {
    if (ladder === undefined) return;
    const x = event.clientX - canvas.getBoundingClientRect().left;
    const at = ladderLayerAt(ladder, ladderFrame(ladder, room()), x);
    if (at !== undefined && at !== pointed) point(at);
  });
  canvas.addEventListener('click', () => {
    if (ladder === undefined) return;
    view.layer = ladder.layers[pointed].layer;
    tell('layer');
  });
  rung.addEventListener('input', () => {
    point(Number(rung.value));
    const box = canvas.parentElement;
    if (ladder === undefined || box === null) return;
    // Where the ladder is wider than its place, the layer comes into view.
    box.scrollLeft = ladderX(ladderFrame(ladder, room()), pointed) - box.clientWidth / 2;
  });

  const matrix = surface(matrixCanvas, (drawing) => {
    const found = foundNow();
    if (found === undefined) return;
    const { rows, columns, values } = found.matrices[view.block - 1];
    const { pen, width, height } = drawing;
    const [cellX, cellY] = [width / columns, height / rows];
    const pixels = drawing.pixels();
    drawMatrixPixels(pixels, { rows, columns, values }, matrixPixels(shown, shown(palette.PAPER)));
    pixels.put();
    const [x, y] = [view.column * cellX, view.row * cellY];
    pen.frame(x - 1, y - 1, cellX + 2, cellY + 2, { stroke: palette.PAPER, width: 4 });
    pen.frame(x - 1, y - 1, cellX + 2, cellY + 2, { stroke: palette.INK, width: 2 });
  });
  matrixCanvas.addEventListener('pointerdown', (event) => {
    const found = foundNow();
    if (found === undefined) return;
    const { rows, columns } = found.matrices[view.block - 1];
    const box = matrixCanvas.getBoundingClientRect();
    const at = (place: number, size: number, count: number): number =>
      Math.min(count - 1, Math.max(0, Math.floor((place / size) * count)));
    view.column = at(event.clientX - box.left, box.width, columns);
    view.row = at(event.clientY - box.top, box.height, rows);
    tell('weight');
  });

  const show = async (): Promise<void> => {
    const found = foundNow();
    if (found === undefined) return;
    const { rows, columns, values } = found.matrices[view.block - 1];
    row.max = String(rows - 1);
    column.max = String(columns - 1);
    row.value = String(view.row);
    column.value = String(view.column);
    matrix.redraw();
    const number = ++asked;
    const { block: b, row: r, column: c } = view;
    const weight = String(values[r * columns + c]).replace('-', '−');
    let answer: WeightLadder | undefined;
    try {
      answer = await ask('ladder', { block: b, row: r, column: c });
    } catch (error) {
      if (number !== asked) return;
      ladder = undefined;
      onLadder(undefined);
      fill(byId('weight-words'), bold(weight));
      byId('ladder-words').textContent =
        `No ladder is drawn: ${error instanceof TaskError ? error.problem : error}.`;
      own.redraw();
      return;
    }
    if (number !== asked || answer === undefined) return;
    ladder = answer;
    rung.max = String(ladder.layers.length - 1);
    const begins = ladder.layers.findIndex(({ number: reached }) => reached !== 0n);
    pointed = Math.min(Math.max(1, begins, pointed), ladder.layers.length - 1);
    const { integer, places, base, offset } = ladder;
    const isBias = ladder.input === 'constant';
    const { seen } = ladder;
    const at =
      seen === undefined
        ? ' = '
        : ` (of the kernel, ${seen.kernel.height} by ${seen.kernel.width}, at tap ${seen.tap}, for every position alike) = `;
    fill(
      byId('weight-words'),
      bold(weight),
      isBias ? ' (a bias: the weight of the constant 1) = ' : at,
      bold(String(integer).replace('-', '−')),
      ` / ${base}`,
      make('sup', {}, String(places)),
      `. What is looked for is the whole number; the division by a power of two comes once, at the end. ${offset === 0n ? '' : `It is made as ${integer + offset}, and the offset ${offset} is taken away.`}`,
    );
    onLadder(ladder);
    point(pointed);
  };
  const choose = (): void => {
    const found = foundNow();
    if (found === undefined) return;
    const chosen = Number(block.value);
    const { rows, columns } = found.matrices[chosen - 1];
    const within = (text: string, count: number): number =>
      Math.min(count - 1, Math.max(0, Math.trunc(Number(text)) || 0));
    view.block = chosen;
    view.row = within(row.value, rows);
    view.column = within(column.value, columns);
    tell('weight');
  };
  for (const control of [block, row, column]) control.addEventListener('change', choose);
  on('weight', show);
  on('opened', () => {
    const found = foundNow();
    if (found === undefined) return;
    // That of another network fits this one no longer.
    ladder = undefined;
    onLadder(undefined);
    fill(
      block,
      ...found.map.blocks.map(({ inputs, outputs }, index) =>
        make('option', { value: String(index + 1) }, `${index + 1}: ${inputs} to ${outputs}`),
      ),
    );
    block.value = String(view.block);
    return show();
  });
  offerSaving('ladder', canvas, {
    svg: () => {
      if (ladder === undefined) return undefined;
      const { pen, parts } = svgPen();
      const size = ladderFrame(ladder, 900);
      pen.rect(0, 0, size.width, size.height, palette.PAPER);
      drawLadder(pen, ladder, size);
      return svgDocument(
        size,
        'The ladder of a weight',
        byId('weight-words').textContent ?? '',
        parts,
      );
    },
  });
}
