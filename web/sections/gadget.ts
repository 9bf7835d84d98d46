/** Section 1: one weight out of coin flips, by a slider or by hand, before anything else is loaded. */

import data from '../data/gadget.json';
import {
  diamondGadget,
  drawGadget,
  type EdgePlace,
  edgeNear,
  flipEdge,
  GADGET_WIDTH,
  type Gadget,
  type GadgetData,
  gadgetHeight,
  gadgetValues,
  hornerGadget,
} from '../drawing/gadget.js';
import { svgDocument, svgPen } from '../library.js';
import { bold, byId, fill, grouped, make } from '../page/dom.js';
import { setPicture } from '../page/scheme.js';

const stored: GadgetData = data;
const DIAMOND_PITCH = 16;
const HORNER_PITCH = 47;

const minus = (value: number): string => String(value).replace('-', '−');

function picture(gadget: Gadget, pitch: number, title: string): string {
  const { pen, parts } = svgPen();
  drawGadget(pen, gadget, pitch);
  const size = { width: GADGET_WIDTH, height: gadgetHeight(gadget, pitch) };
  return svgDocument(size, title, title, parts);
}

function kept({ edges }: Gadget): string {
  const all = edges.flat();
  return `${all.filter((edge) => edge.kept).length} of ${all.length}`;
}

/** What the gadget's output is for x = 1. */
function output(gadget: Gadget): number {
  return gadgetValues(gadget).at(-1)?.[0] ?? 0;
}

const NAMES: Readonly<Record<string, string>> = {
  input: 'x',
  accumulator: 'chain',
  carrier: 'carrier',
  offset: 'offset',
  output: 'output',
};

/** All edges of Horner's picture, to be chosen by keyboard. */
function edgeChoices({ edges }: Gadget): { readonly text: string; readonly place: EdgePlace }[] {
  return edges.flatMap((list, index) =>
    list.map(({ from, to, sign }, at) => {
      const [read, reader] = [stored.roles[index][from], stored.roles[index + 1][to]];
      const text = `layer ${index + 1}: ${NAMES[read]} ${from + 1} to ${NAMES[reader]} ${to + 1}, ${sign === 1 ? '+1' : '−1'}`;
      return { text, place: { index, at } };
    }),
  );
}

export function startGadget(): void {
  const slider = byId<HTMLInputElement>('gadget-weight');
  const choice = byId<HTMLSelectElement>('gadget-edge');
  const flip = byId<HTMLButtonElement>('gadget-flip');
  const { sizes, largest } = stored;
  slider.min = String(-largest);
  slider.max = String(largest);
  let horner = hornerGadget(stored, Number(slider.value));
  const choices = edgeChoices(horner);
  fill(choice, ...choices.map(({ text }, at) => make('option', { value: String(at) }, text)));

  const drawHorner = (): void => {
    const title = `Horner: ${minus(output(horner))} times x`;
    setPicture(byId('gadget-horner'), picture(horner, HORNER_PITCH, title));
    const { index, at } = choices[Number(choice.value)].place;
    flip.textContent = horner.edges[index][at].kept ? 'cut it' : 'keep it';
  };
  const draw = (): void => {
    const weight = Number(slider.value);
    const diamond = diamondGadget(weight);
    horner = hornerGadget(stored, weight);
    byId('gadget-value').textContent = minus(weight);
    const title = `Diamond: ${minus(weight)} times x`;
    setPicture(byId('gadget-diamond'), picture(diamond, DIAMOND_PITCH, title));
    drawHorner();
    fill(
      byId('gadget-words'),
      'For x ≥ 0 both compute ',
      bold(`${minus(weight)}x`),
      `: the diamond keeps ${kept(diamond)} edges shown, Horner ${kept(horner)}. Strong lines are kept, pale ones cut; dashed ones are −1.`,
    );
  };
  const flipAt = (place: EdgePlace): void => {
    horner = flipEdge(horner, place);
    choice.value = String(
      choices.findIndex((each) => each.place.index === place.index && each.place.at === place.at),
    );
    drawHorner();
    const { sign, kept: isKept } = horner.edges[place.index][place.at];
    fill(
      byId('gadget-words'),
      `You ${isKept ? 'kept' : 'cut'} an edge of ${sign === 1 ? '+1' : '−1'}: Horner’s picture now computes `,
      bold(`${minus(output(horner))}x`),
      ' for x ≥ 0. The slider begins anew.',
    );
  };
  slider.addEventListener('input', draw);
  choice.addEventListener('change', drawHorner);
  flip.addEventListener('click', () => flipAt(choices[Number(choice.value)].place));
  byId('gadget-horner').addEventListener('click', (event) => {
    const box = byId('gadget-horner').getBoundingClientRect();
    const scale = GADGET_WIDTH / box.width;
    const point = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale] as const;
    const place = edgeNear(horner, HORNER_PITCH, point, 9);
    if (place !== undefined) flipAt(place);
  });
  fill(
    byId('gadget-sizes'),
    `Horner’s picture is a real random network of ${grouped(stored.source)} weights from seed ${stored.seed}, without the neurons that no weight uses. To hold any weight from −${largest} to ${largest}, but for a seed in ${grouped(Math.round(1 / sizes.delta))}, Horner plans ${grouped(sizes.horner)} random weights and the diamond ${grouped(sizes.diamond)}.`,
  );
  draw();
}
