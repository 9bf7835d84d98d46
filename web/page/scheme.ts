/** Light or dark: the reader's system decides until the button does. */
import { palette } from '../library.js';
import { byId } from './dom.js';

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners: (() => void)[] = [];
let isPrinted = false;

export function isDark(): boolean {
  if (isPrinted) return false;
  const chosen = document.documentElement.dataset.scheme;
  return chosen === undefined ? system.matches : chosen === 'dark';
}

/** Whether the page is being printed: what is drawn anew for that cannot wait for the next frame. */
export function isPrinting(): boolean {
  return isPrinted;
}

/** A colour of the palette as the page shows it now. */
export function shown(light: string): string {
  return isDark() ? (palette.darkValueOf(light) ?? light) : light;
}

export function onScheme(listener: () => void): void {
  listeners.push(listener);
}

function tell(): void {
  byId('scheme').textContent = isDark() ? 'light' : 'dark';
  for (const listener of listeners) listener();
}

export function startScheme(): void {
  system.addEventListener('change', tell);
  byId('scheme').addEventListener('click', () => {
    document.documentElement.dataset.scheme = isDark() ? 'light' : 'dark';
    tell();
  });
  // On paper everything is light.
  addEventListener('beforeprint', () => {
    isPrinted = true;
    tell();
  });
  addEventListener('afterprint', () => {
    isPrinted = false;
    tell();
  });
  tell();
}

/** An SVG file of the figures follows the system; on the page it follows the page. */
export function setPicture(place: HTMLElement, svg: string): void {
  const figure = svg.replace(
    '@media screen and (prefers-color-scheme:dark){',
    ':root[data-shown=dark]{',
  );
  place.innerHTML = figure;
}

onScheme(() => {
  document.documentElement.dataset.shown = isDark() ? 'dark' : 'light';
});
