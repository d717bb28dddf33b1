/** All results of one import. */
export interface Snapshot {
  readonly import: {
    readonly status: string;
    readonly listed: number;
    readonly faces: number;
    readonly counts: Readonly<Record<string, number>>;
  };
  /** Images without a sighting, with duplicates if the import's log has any. */
  readonly unseen: readonly { readonly key: string; readonly outcome: string }[];
  readonly sightings: readonly SeenFace[];
  readonly gallery: readonly Enrolled[];
  /** Ids of the templates that were enrolled before the import. */
  readonly enrolled: readonly string[];
  /** All entries of the stream, with duplicates. */
  readonly events: readonly EmittedEvent[];
  /** All requests to the webhook receiver, with duplicates. */
  readonly deliveries: readonly EmittedEvent[];
  /** Unfinished jobs by queue and state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** Error code and image of each dead letter. */
  readonly deadLetters: readonly string[];
}

export interface StoredVector {
  readonly id: string;
  readonly vector: Float32Array;
}

/** `id` is the id of the person, who has one template. */
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
