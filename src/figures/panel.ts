/** What a plot shows: panels of series and guides between two axes. */
import type { Marker } from './marks.js';
import type { Axis } from './plot-axis.js';

export type Point = readonly [x: number, y: number];

export interface Series {
  /** Series of one name share one entry of the legend. */
  readonly name: string;
  /** `#rrggbb`; the palette's own turn with the reader's dark mode, others stay. */
  readonly color: string;
  readonly points: readonly Point[];
  /** How the points are joined; `none` for marks alone. Solid by default. */
  readonly line?: 'solid' | 'dashed' | 'dotted' | 'none';
  readonly dots?: boolean;
  /** Shape of the dots, a circle by default. */
  readonly marker?: Marker;
  /** An area behind the series, e.g. its confidence band. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  /** Vertical bars, e.g. confidence intervals of dots that no line joins. */
  readonly bars?: readonly (readonly [x: number, low: number, high: number])[];
}

/** A line across the panel: at one x, at one y, or where both are equal. The legend says what it is. */
export type Guide =
  | { readonly at: 'x' | 'y'; readonly value: number; readonly label: string }
  | { readonly at: 'diagonal'; readonly label: string };

export interface Panel {
  /** Left out where the figure has one panel. */
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly guides?: readonly Guide[];
}
