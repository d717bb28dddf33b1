/** What a file is made of, without a byte of it decoded. */
export interface FileStructure {
  /** Pictures or pages in it. */
  readonly frames: number;
  /** Bytes of all that is neither picture nor structure: profiles, texts, thumbnails. */
  readonly metadataBytes: number;
  /** How many pieces those bytes come in, as many more for each that is compressed as it costs. */
  readonly metadataParts: number;
  /** Where the file ends by its own account: what follows is no part of the picture. */
  readonly end: number;
}

/** Where counting stops: what has more is refused. */
export interface StructureLimits {
  /** Frames or pages. */
  readonly maxFrames: number;
  /** Pieces of metadata. */
  readonly maxParts: number;
}
