/** Reads drawings back: what a test wants to know of an SVG that the figures module wrote. */

/** Checks that every element is closed, in order; throws where one is not. */
export function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name, empty] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (closing === '/') {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}>`);
    } else if (empty !== '/') {
      open.push(name as string);
    }
  }
  if (open.length > 0) throw new Error(`<${open.join('>, <')}> not closed`);
  if (/NaN|undefined|Infinity/.test(svg)) throw new Error('a coordinate is no number');
}

/** All texts of a drawing, without the document's title and description; plain spaces throughout. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
    (text as string).replaceAll('\u00a0', ' '),
  );
}

/** The drawing without the style sheet that turns its colours in the dark. */
export function withoutStyle(svg: string): string {
  return svg.replace(/<style>.*?<\/style>/gs, '');
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The neurons: rectangles as round as they are high. */
export function neuronBoxes(svg: string): Box[] {
  return [...svg.matchAll(/<rect([^>]*)\/>/g)]
    .map(([, list]) =>
      Object.fromEntries(
        [...(list as string).matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, key, value]) => [
          key as string,
          Number(value),
        ]),
      ),
    )
    .filter(({ rx, height }) => height === 2 * (rx as number))
    .map(({ x, y, width, height }) => ({ x, y, width, height }) as Box);
}

/** Number of lines of one stroke colour. */
export function countLines(svg: string, stroke: string): number {
  return withoutStyle(svg).split(`stroke="${stroke}"`).length - 1;
}
