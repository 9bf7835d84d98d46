/** ONNX Runtime (WebAssembly on Node) as the judge of what a model means. */
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Outputs of a model for several inputs of the same shape, which is the model's own if it is not given. */
export async function runtimeOutputs(
  model: Uint8Array,
  inputs: readonly (Float32Array | Float64Array)[],
  dims?: readonly number[],
): Promise<Float64Array[]> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  try {
    const outputs: Float64Array[] = [];
    const [metadata] = session.inputMetadata;
    const declared = metadata?.isTensor
      ? metadata.shape.map((dim) => (typeof dim === 'number' ? dim : 1))
      : [];
    for (const input of inputs) {
      const tensor =
        input instanceof Float32Array
          ? new ort.Tensor('float32', input, dims ?? declared)
          : new ort.Tensor('float64', input, dims ?? declared);
      const results = await session.run({ [session.inputNames[0] as string]: tensor });
      const result = results[session.outputNames[0] as string];
      outputs.push(Float64Array.from(result?.data as Float32Array | Float64Array));
    }
    return outputs;
  } finally {
    await session.release();
  }
}

/**
 * All outputs of a model one after another, for several inputs of the given shape. Its nodes are run as they are:
 * the optimiser of ONNX Runtime 1.30 makes a transposed matrix times a vector something else.
 */
export async function runtimeAllOutputs(
  model: Uint8Array,
  inputs: readonly Float32Array[],
  dims: readonly number[],
): Promise<Float64Array[]> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'disabled',
  });
  try {
    const [inputName = ''] = session.inputNames;
    const all: Float64Array[] = [];
    for (const input of inputs) {
      const results = await session.run({ [inputName]: new ort.Tensor('float32', input, dims) });
      all.push(
        Float64Array.from(
          session.outputNames.flatMap((name) => Array.from(results[name].data as Float32Array)),
        ),
      );
    }
    return all;
  } finally {
    await session.release();
  }
}
