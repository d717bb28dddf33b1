/** Settings of each engine as it runs without native libraries: what the registry alone gives. */
export const ENGINES = {
  onnxruntime: { INFERENCE_ENGINE: 'onnxruntime', INFERENCE_DEVICE: 'cpu' },
  tensorflow: { INFERENCE_ENGINE: 'tensorflow', TENSORFLOW_BACKEND: 'wasm' },
} as const;
export type EngineUnderTest = keyof typeof ENGINES;
