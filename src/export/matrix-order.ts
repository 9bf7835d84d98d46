/** Which index of a flat matrix runs slowest: ONNX takes inputs first, PyTorch outputs first. */
export type MatrixOrder = 'inputs-first' | 'outputs-first';
