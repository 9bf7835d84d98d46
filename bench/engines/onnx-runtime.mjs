/** ONNX Runtime, native and WebAssembly, as engines: a file's bytes become a function on batches. */
import { createRequire } from 'node:module';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../dist/target/onnx/onnx_pb.js';

const require = createRequire(import.meta.url);

/** The model files have a fixed batch of 1: it becomes a dimension of any size. */
export function withAnyBatch(bytes) {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const { type } of [...model.graph.input, ...model.graph.output]) {
    const dim = type?.value.case === 'tensorType' ? type.value.value.shape?.dim[0] : undefined;
    if (dim !== undefined) dim.value = { case: 'dimParam', value: 'batch' };
  }
  // Shapes of values in between, if any, would contradict it.
  model.graph.valueInfo = [];
  return toBinary(ModelProtoSchema, model);
}

/** `backend`: `node` (native) or `web` (WebAssembly). */
export async function onnxRuntime(backend, bytes, threads) {
  const ort = backend === 'node' ? require('onnxruntime-node') : await import('onnxruntime-web');
  if (backend === 'web') {
    ort.env.wasm.numThreads = threads;
    ort.env.logLevel = 'error';
  }
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionProviders: [backend === 'node' ? 'cpu' : 'wasm'],
    logSeverityLevel: 3,
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  // Whatever shape the model wants behind the batch: the file says it, e.g. [batch, 1, 1, 5].
  const shape = session.inputMetadata[0].shape.slice(1).map(Number);
  return {
    async run(batch, samples) {
      const feeds = { [input]: new ort.Tensor('float32', batch, [samples, ...shape]) };
      const results = await session.run(feeds);
      return results[output].data;
    },
  };
}
