/** Saving a picture: the canvas as PNG, or drawn anew as SVG. */
import { make } from './dom.js';

function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = make('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Puts the buttons where the page has a place for them; `words`: what the picture is. */
export function offerSaving(
  name: string,
  canvas: HTMLCanvasElement,
  { svg, words }: { readonly svg?: () => string | undefined; readonly words?: string } = {},
): void {
  const place = document.querySelector(`[data-save="${name}"]`);
  const label = `save the ${words ?? name} as`;
  const text = words === undefined ? 'PNG' : `${words} (PNG)`;
  const png = make('button', { type: 'button', 'aria-label': `${label} PNG` }, text);
  png.addEventListener('click', () => {
    canvas.toBlob((blob) => {
      if (blob !== null) download(`unearth-${name}.png`, blob);
    });
  });
  place?.append(png);
  if (svg === undefined) return;
  const vector = make('button', { type: 'button', 'aria-label': `${label} SVG` }, 'SVG');
  vector.addEventListener('click', () => {
    const text = svg();
    if (text !== undefined)
      download(`unearth-${name}.svg`, new Blob([text], { type: 'image/svg+xml' }));
  });
  place?.append(vector);
}
