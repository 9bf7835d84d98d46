/** What every figure has around its drawing: paper, border, title above, caption below. */
import { element, svgDocument, textElement, wrapText } from './svg.js';

/** Distance of text from the border. */
export const MARGIN = 24;
export const INK = '#1f2328';
export const QUIET = '#57606a';
export const PAPER = '#ffffff';
export const TEXT_SIZE = 13;

const BORDER = '#d0d7de';
const TITLE_SIZE = 18;
const TITLE_LINE = TITLE_SIZE + 6;
const CAPTION_LINE = 19;
/** From the lowest point of the drawing to the caption's first base line. */
const CAPTION_GAP = 32;

export interface FrameOptions {
  /** Of the whole picture, in pixels. */
  readonly width: number;
  readonly title: string;
  /** Printed below the drawing; must stand alone. */
  readonly caption: string;
  /** For readers who cannot see the drawing; the caption by default. */
  readonly description?: string;
}

/** The lines of a text that stands in the frame. */
export function frameLines(content: string, fontSize: number, width: number): string[] {
  return wrapText(content, fontSize, width - 2 * MARGIN);
}

/**
 * The whole figure as an SVG file. `draw` gets the height where the title ends and returns its markup
 * and where it ends itself.
 */
export function framedFigure(
  { width, title, caption, description = caption }: FrameOptions,
  draw: (top: number) => { readonly parts: readonly string[]; readonly bottom: number },
): string {
  const titleLines = frameLines(title, TITLE_SIZE, width);
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
