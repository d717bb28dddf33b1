/** Settings with which each engine runs after a plain npm install. */
export const ENGINES = {
  onnxruntime: { INFERENCE_ENGINE: 'onnxruntime', INFERENCE_DEVICE: 'cpu' },
  tensorflow: { INFERENCE_ENGINE: 'tensorflow', TENSORFLOW_BACKEND: 'wasm' },
} as const;
export type EngineUnderTest = keyof typeof ENGINES;
