/** What every figure has around its drawing: paper, border, title above, caption below. */
import { BORDER, INK, PAPER, QUIET } from './palette.js';
import { element, svgDocument, textElement } from './svg.js';
import { breakLongWords, wrapText } from './text-width.js';

/**
 * Width of a figure in pixels. On a phone it shrinks to about 0.58 of that, so that the sizes below stay
 * above eight pixels there.
 */
export const WIDTH = 640;
/** Distance of text from the border. */
export const MARGIN = 20;
export const TEXT_SIZE = 15;
/** Ticks and notes; nothing is smaller. */
export const SMALL_SIZE = 14;

const TITLE_SIZE = 19;
const TITLE_LINE = TITLE_SIZE + 6;
const CAPTION_LINE = 21;
/** From the lowest point of the drawing to the caption's first base line. */
const CAPTION_GAP = 34;

export interface FrameOptions {
  /** Of the whole picture, in pixels. */
  readonly width?: number;
  readonly title: string;
  /** Printed below the drawing; must stand alone. */
  readonly caption: string;
  /** For readers who cannot see the drawing; the caption by default. */
  readonly description?: string;
}

/** The lines of a text that stands in the frame; `bold` for wider letters. */
function frameLines(content: string, fontSize: number, width: number, bold = false): string[] {
  // Bold letters are about an eighth wider; a whole line of the narrowest a little more.
  const room = (width - 2 * MARGIN) / (bold ? 1.16 : 1);
  return wrapText(breakLongWords(content, fontSize, room), fontSize, room);
}

/**
 * The whole figure as an SVG file. `draw` gets the height where the title ends and returns its markup
 * and where it ends itself.
 */
export function framedFigure(
  { width = WIDTH, title, caption, description = caption }: FrameOptions,
  draw: (top: number) => { readonly parts: readonly string[]; readonly bottom: number },
): string {
  const titleLines = frameLines(title, TITLE_SIZE, width, true);
  const { parts, bottom } = draw(MARGIN + titleLines.length * TITLE_LINE);
  const captionLines = frameLines(caption, TEXT_SIZE, width);
  const captionTop = bottom + CAPTION_GAP;
  const height = captionTop + (captionLines.length - 1) * CAPTION_LINE + MARGIN;
  return svgDocument({ width, height }, title, description, [
    element('rect', {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 12,
      fill: PAPER,
      stroke: BORDER,
    }),
    ...titleLines.map((line, index) =>
      textElement(
        {
          x: MARGIN,
          y: MARGIN + TITLE_SIZE + index * TITLE_LINE - 4,
          'font-size': TITLE_SIZE,
          'font-weight': 600,
          fill: INK,
        },
        line,
      ),
    ),
    ...parts,
    ...captionLines.map((line, index) =>
      textElement(
        {
          x: MARGIN,
          y: captionTop + index * CAPTION_LINE,
          'font-size': TEXT_SIZE,
          fill: QUIET,
        },
        line,
      ),
    ),
  ]);
}
