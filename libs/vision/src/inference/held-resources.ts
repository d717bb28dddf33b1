/** What an engine keeps between runs; what grows leaks. */
export interface HeldResources {
  readonly sessions: number;
  /** Of TensorFlow; ONNX Runtime keeps none that could be counted. */
  readonly tensors: number;
}

export function sumHeld(all: readonly HeldResources[]): HeldResources {
  return {
    sessions: all.reduce((sum, { sessions }) => sum + sessions, 0),
    tensors: all.reduce((sum, { tensors }) => sum + tensors, 0),
  };
}
