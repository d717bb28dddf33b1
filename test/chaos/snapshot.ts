/** Everything that one import left behind. */
export interface Snapshot {
  readonly import: {
    readonly status: string;
    readonly listed: number;
    readonly faces: number;
    readonly counts: Readonly<Record<string, number>>;
  };
  /** Images without a sighting, as often as the import's log has them. */
  readonly unseen: readonly { readonly key: string; readonly outcome: string }[];
  readonly sightings: readonly SeenFace[];
  readonly gallery: readonly Enrolled[];
  /** Ids of the templates before the import. */
  readonly enrolled: readonly string[];
  /** As often as the stream has them. */
  readonly events: readonly EmittedEvent[];
  /** What the webhook's receiver got, as often as it did. */
  readonly deliveries: readonly EmittedEvent[];
  /** Jobs that are left, by queue and state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** Code and image of each. */
  readonly deadLetters: readonly string[];
}

export interface StoredVector {
  readonly id: string;
  readonly vector: Float32Array;
}

/** `id` is the person's, who has one template. */
export interface Enrolled extends StoredVector {
  readonly templateId: string;
}

export interface SeenFace extends StoredVector {
  readonly key: string;
  readonly box: { x: number; y: number; width: number; height: number };
  readonly personId: string | null;
}

export interface EmittedEvent {
  readonly id: string;
  /** Id of the face. */
  readonly subject: string;
  readonly type: string;
  readonly personId: string | null;
}
