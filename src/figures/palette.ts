/**
 * Every colour that a figure of this project uses: one for each concept, with the value on white paper
 * and the one on dark. A drawing is written in the light values; the document's style sheet swaps them
 * where the reader's system is dark, so that both have one geometry.
 */

/** Dark values by light ones. */
const darkValues = new Map<string, string>();

/** Registers a colour; `#rrggbb` on light and on dark paper. Gives back the light one. */
function colour(light: string, dark: string): string {
  const known = darkValues.get(light);
  if (known !== undefined && known !== dark) throw new Error(`${light} has two dark values`);
  darkValues.set(light, dark);
  return light;
}

export const PAPER = colour('#ffffff', '#0d1117');
export const INK = colour('#1f2328', '#e6edf3');
/** Captions, ticks, notes. */
export const QUIET = colour('#57606a', '#9da7b3');
export const BORDER = colour('#d0d7de', '#30363d');
export const GRID = colour('#dde1e6', '#2a3139');
/** Behind neurons that belong together. */
export const BAND = colour('#f3f6f9', '#161d26');
/** Edges and neurons that were cut away. */
export const PRUNED = colour('#848d97', '#768390');

/** The two values of a weight; in drawings of networks nothing else has these colours. */
export const SIGNS = {
  positive: colour('#0072b2', '#4aa8ea'),
  negative: colour('#d55e00', '#ff8f3f'),
} as const;

/** The systems of Table 1; `horner` is this project's own colour wherever it meets others. */
export const SYSTEM_COLOURS = {
  malach: colour('#94760c', '#eec03a'),
  orseau: colour('#00a37f', '#cdeec8'),
  pensia: colour('#c455ea', '#c062ff'),
  diffenderfer: colour('#2f7699', '#72b4c0'),
  diamond: colour('#2d2f6b', '#5a7aa6'),
  horner: colour('#a8001c', '#e84636'),
  skip: colour('#170b48', '#970dda'),
} as const;

/** Parts of a Horner block. */
export const ROLE_COLOURS = {
  carrier: colour('#59636e', '#aeb8c2'),
  chain: colour('#07924a', '#2fae62'),
  offset: colour('#9a1fd6', '#c46bff'),
} as const;

/** Six colours for what is neither sign, nor system, nor role; told apart with every colour vision. */
const CATEGORIES = [
  colour('#283367', '#5f74f6'),
  colour('#b97f19', '#fed223'),
  colour('#1f7a6f', '#7af2dd'),
  colour('#8f1fd0', '#b0699c'),
  colour('#5e2600', '#f0741d'),
  colour('#7f87c1', '#b4b1f5'),
] as const;

/** Methods that certify an error. */
export const BOUND_COLOURS = {
  interval: CATEGORIES[1],
  norm: CATEGORIES[3],
  relaxation: CATEGORIES[2],
  ellipsoid: CATEGORIES[0],
} as const;

/** Which samples an accuracy was measured on. */
export const SAMPLE_COLOURS = {
  training: CATEGORIES[5],
  validation: CATEGORIES[2],
  test: CATEGORIES[0],
} as const;

/** Searches for a mask. */
export const SEARCH_COLOURS: Readonly<Record<string, string>> = {
  'edge-popup': CATEGORIES[0],
  biprop: CATEGORIES[1],
  supermask: CATEGORIES[2],
};

/** What weights a network of two layers may have, in counts of functions. */
export const WEIGHT_CHOICE_COLOURS = {
  pruned: CATEGORIES[0],
  unpruned: CATEGORIES[1],
  oneDraw: CATEGORIES[2],
} as const;

/** From nothing to everything: even steps of lightness, away from the paper. */
export const SHADES = [
  colour('#e3eef8', '#10263c'),
  colour('#c3daee', '#123a5e'),
  colour('#9bc2e0', '#165082'),
  colour('#6ba3ce', '#2068a5'),
  colour('#3f83b8', '#3a86c6'),
  colour('#1f639d', '#62a6de'),
  colour('#0a4579', '#97c8f0'),
  colour('#062a4d', '#d6ecff'),
] as const;

/** Others than this project's programs, beside them. */
export const OTHERS = colour('#6e7781', '#8b949e');

/** The colour of a system; ink for one that Table 1 and this project do not have. */
export function systemColour(system: string): string {
  return (SYSTEM_COLOURS as Readonly<Record<string, string>>)[system] ?? INK;
}

/** The n-th category, from 0; the seventh is the first again. */
export function categoryColour(index: number): string {
  return CATEGORIES[index % CATEGORIES.length] as string;
}

/** The value on dark paper; undefined for a colour that is none of the palette's. */
export function darkValueOf(light: string): string | undefined {
  return darkValues.get(light);
}

/** All colours, light and dark. */
export function paletteColours(): readonly (readonly [light: string, dark: string])[] {
  return [...darkValues];
}
