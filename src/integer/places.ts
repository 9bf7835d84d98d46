/** Places after the point, of any base; a ticket's integers are limited to as many bits. */
export const MAXIMUM_PLACES = 4096;

/** Larger ones never shorten anything, and numbers would leave the range of float64. */
export const LARGEST_NEURON_SCALE = 64;
