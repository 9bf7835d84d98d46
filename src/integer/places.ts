/** Places after the point, of any base; a ticket's integers are limited to as many bits. */
export const MAXIMUM_PLACES = 4096;
