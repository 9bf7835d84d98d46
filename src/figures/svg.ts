/**
 * A small builder for SVG markup: elements, escaped text, rounded numbers, a style sheet for the dark.
 * Strings in, string out; needs no document, so it runs in Node and in a page alike.
 */
import { darkValueOf } from './palette.js';

/** Values are escaped; numbers are rounded to hundredths; `undefined` leaves the attribute out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Escapes text for element content and quoted attributes; XML's forbidden characters become U+FFFD. */
export function escapeText(text: string): string {
  return (
    text
      // Half a surrogate pair is no character: it could not be written as UTF-8.
      .replace(/\p{Surrogate}/gu, '\ufffd')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 allows no other characters
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

/** A coordinate: at most two decimals, never exponent notation for what a drawing holds, never -0. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a coordinate`);
  return String(Math.round(value * 100) / 100 + 0);
}

/** An element; children are markup (of `element` or `escapeText`). */
export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly string[]
): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const written = typeof value === 'number' ? formatNumber(value) : escapeText(String(value));
      return ` ${key}="${written}"`;
    })
    .join('');
  return children.length === 0
    ? `<${name}${list}/>`
    : `<${name}${list}>${children.join('')}</${name}>`;
}

/** A line of text. */
export function textElement(attributes: Attributes, content: string): string {
  return element('text', attributes, escapeText(content));
}

/** The style sheet that turns a drawing in the palette's light colours into a dark one. */
function darkStyle(markup: string): string {
  const used = new Set([...markup.matchAll(/(?:fill|stroke)="(#[0-9a-f]{6})"/g)].map(([, c]) => c));
  const rules = [...used].flatMap((light) => {
    const dark = darkValueOf(light as string);
    if (dark === undefined) return [];
    return ['fill', 'stroke'].map((paint) => `.unearth [${paint}="${light}"]{${paint}:${dark}}`);
  });
  return `@media screen and (prefers-color-scheme:dark){${rules.join('')}}`;
}

/**
 * A whole file, with a title and description for who cannot see it. The drawing brings its own
 * background, and follows the reader's system from light to dark. Where it stands on a page, the page
 * chooses the scheme the same way.
 */
export function svgDocument(
  size: { readonly width: number; readonly height: number },
  title: string,
  description: string,
  parts: readonly string[],
): string {
  const { width, height } = size;
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${formatNumber(width)} ${formatNumber(height)}`,
    role: 'img',
    class: 'unearth',
    'font-family': "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
  };
  const children = [
    element('title', {}, escapeText(title)),
    element('desc', {}, escapeText(description)),
    element('style', {}, darkStyle(parts.join(''))),
    ...parts,
  ];
  return `${element('svg', attributes, ...children.map((child) => `\n${child}`), '\n')}\n`;
}
