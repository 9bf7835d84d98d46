/** The most boxes of a domain that is split that a ticket may record: reading one needs no more of the bounds. */
export const MOST_BOXES = 2 ** 24;
