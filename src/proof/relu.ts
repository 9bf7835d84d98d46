/**
 * What ReLU makes of a hidden neuron's row for all inputs: the same, where no coefficient is negative; 0,
 * where none is positive; the one variable with a positive coefficient, where the neuron reads one input of
 * unknown sign and nothing else; or what depends on the input, which no proof takes.
 */
export type Relu = 'unchanged' | 'zero' | 'part' | 'undecided';
