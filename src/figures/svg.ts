/**
 * A small builder for SVG markup: elements, escaped text, rounded numbers, wrapped lines. Strings in,
 * string out; needs no document, so it runs in Node and in a page alike.
 */

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

/**
 * Upper estimate of a line's width in pixels. No font is measured: 0.57 em a character covers the
 * sentences of the usual sans-serif fonts.
 */
export function estimateTextWidth(content: string, fontSize: number): number {
  return 0.57 * fontSize * [...content].length;
}

/** Splits text into lines of at most `width` pixels by that estimate; a longer word stays whole. */
export function wrapText(content: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of content.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && estimateTextWidth(longer, fontSize) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/**
 * A whole file, with a title and description for who cannot see it. The drawing brings its own
 * background: it must be legible on white and on dark pages.
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
    'font-family': "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
  };
  const children = [
    element('title', {}, escapeText(title)),
    element('desc', {}, escapeText(description)),
    ...parts,
  ];
  return `${element('svg', attributes, ...children.map((child) => `\n${child}`), '\n')}\n`;
}
