/** Section 2, left: the input that runs through both networks, in the form that suits it, and their outputs. */
import { byId } from '../page/dom.js';
import { formOf, type InputForm } from '../page/input-form.js';
import { on, view } from '../page/state.js';
import type { Traced } from '../worker/protocol.js';
import { startList } from './list.js';
import { startOutputs } from './outputs.js';
import { startPad } from './pad.js';
import { startPlane } from './plane.js';

const BOXES: Readonly<Record<InputForm['kind'], string>> = {
  pad: 'pad-box',
  plane: 'regions-box',
  list: 'list-box',
};

const TITLES: Readonly<Record<InputForm['kind'], string>> = {
  pad: 'Draw a digit',
  plane: 'Choose a point',
  list: 'Choose an input',
};

export function startInput(onTrace: (traced: Traced) => void): void {
  on('opened', () => {
    const { kind } = formOf(view.input.length);
    for (const [name, id] of Object.entries(BOXES)) byId(id).hidden = name !== kind;
    byId('draw-title').textContent =
      kind === 'pad' && view.example === 'own' ? 'Draw an input' : TITLES[kind];
  });
  // The outputs come first: they are what is waited for.
  startOutputs(onTrace);
  startPad();
  startPlane();
  startList();
}
