/** A tensor as a Keras file declares it, before a value is read. */
export interface FoundTensor {
  /** `kernel`, `bias` and so on. */
  readonly tensor: string;
  /** Of its values in the file. */
  readonly path: string;
  /** Null when it declares none. */
  readonly shape: readonly number[] | null;
  /** `float32`, or what else it is. */
  readonly type: string;
  /** Why its values are not read; null when they can be. */
  readonly obstacle: string | null;
}

/** A layer with weights. */
export interface FoundLayer {
  readonly layer: string;
  readonly tensors: readonly FoundTensor[];
}
