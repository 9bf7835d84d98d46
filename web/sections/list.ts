/** An input that is no picture: its numbers one by one, as sliders. */
import { byId, fill, make } from '../page/dom.js';
import { formOf, stepsOf, valuesOf } from '../page/input-form.js';
import { foundNow, on, tell, view } from '../page/state.js';

/** Of longer inputs one slider is shown, for the number that is chosen. */
const MOST_SLIDERS = 12;

export function startList(): void {
  const place = byId('list-sliders');
  const steps = stepsOf({ kind: 'list' });
  let sliders: { readonly slider: HTMLInputElement; readonly output: HTMLElement; at: number }[] =
    [];
  const isList = (): boolean => formOf(view.input.length).kind === 'list';
  const follow = (): void => {
    const found = foundNow();
    if (!isList() || found === undefined) return;
    const values = valuesOf(view.input, found);
    for (const { slider, output, at } of sliders) {
      slider.value = String(view.input[at]);
      slider.setAttribute('aria-valuetext', String(values[at]));
      output.textContent = String(Number(values[at].toPrecision(6))).replace('-', '−');
    }
  };
  const makeSlider = (label: string, at: number) => {
    const slider = make('input', { type: 'range', min: '0', max: String(steps - 1) });
    const output = make('output');
    const entry = { slider, output, at };
    slider.addEventListener('input', () => {
      view.input = view.input.slice();
      view.input[entry.at] = Number(slider.value);
      tell('input');
    });
    place.append(make('p', { class: 'row' }, make('label', {}, label, slider), output));
    return entry;
  };
  on('input', follow);
  on('opened', () => {
    sliders = [];
    fill(place);
    if (!isList()) return;
    const count = view.input.length;
    if (count <= MOST_SLIDERS) {
      sliders = Array.from({ length: count }, (_, at) => makeSlider(`input ${at}`, at));
    } else {
      const number = make('input', {
        type: 'number',
        min: '0',
        max: String(count - 1),
        value: '0',
      });
      place.append(
        make('p', { class: 'row' }, make('label', {}, `input, 0 to ${count - 1}`, number)),
      );
      const entry = makeSlider('its value', 0);
      number.addEventListener('change', () => {
        const asked = Math.trunc(Number(number.value)) || 0;
        entry.at = Math.min(count - 1, Math.max(0, asked));
        number.value = String(entry.at);
        follow();
      });
      sliders = [entry];
    }
    follow();
  });
  const setAll = (choose: () => number): void => {
    view.input = Uint8Array.from(view.input, choose);
    tell('input');
  };
  byId('list-random').addEventListener('click', () =>
    setAll(() => Math.floor(Math.random() * steps)),
  );
  byId('list-middle').addEventListener('click', () => setAll(() => steps / 2));
}
