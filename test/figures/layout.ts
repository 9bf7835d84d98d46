/**
 * Measures a drawing of this project: where its texts are, by the widths of a wide font, and what is wrong
 * with them. Conservative: what overlaps by less than this says does not overlap in a narrower font.
 */
import { estimateTextWidth } from '../../src/figures/text-width.js';

export interface TextBox {
  readonly text: string;
  readonly fontSize: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

function attributesOf(list: string): Record<string, string> {
  return Object.fromEntries(
    [...list.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
}

function plainText(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** Width and height of the viewBox. */
export function sizeOf(svg: string): Size {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}

/** The boxes of all texts: from the height of capitals to below the base line. */
export function textBoxes(svg: string): TextBox[] {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)]
    .map(([, list = '', content = '']) => ({ list: attributesOf(list), text: plainText(content) }))
    .filter(({ text }) => text !== '')
    .map(({ list, text }) => {
      const fontSize = Number(list['font-size']);
      const width = estimateTextWidth(text, fontSize, Number(list['font-weight'] ?? 400) >= 600);
      const [x, y] = [Number(list.x), Number(list.y)];
      const shift = { middle: width / 2, end: width }[list['text-anchor'] ?? ''] ?? 0;
      const [ascent, descent] = [0.78 * fontSize, 0.22 * fontSize];
      const [left, right] = [x - shift, x - shift + width];
      if (list.transform === undefined) {
        return { text, fontSize, left, right, top: y - ascent, bottom: y + descent };
      }
      // Turned upwards around its own start.
      if (list.transform !== `rotate(-90 ${list.x} ${list.y})`) throw new Error(list.transform);
      return { text, fontSize, left: x - ascent, right: x + descent, top: y - width, bottom: y };
    });
}

function overlap(a: TextBox, b: TextBox): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Everything that a reader would trip over, in words; empty for a good drawing. */
export function faultsOf(svg: string): string[] {
  const { width, height } = sizeOf(svg);
  const boxes = textBoxes(svg);
  const faults: string[] = [];
  for (const [index, box] of boxes.entries()) {
    if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height) {
      faults.push(`'${box.text}' leaves the picture`);
    }
    for (const other of boxes.slice(index + 1)) {
      if (overlap(box, other)) faults.push(`'${box.text}' covers '${other.text}'`);
    }
    // A phone's width less the page's own margins.
    if ((box.fontSize * 374) / width < 8) faults.push(`'${box.text}' is too small on a phone`);
  }
  return faults;
}
