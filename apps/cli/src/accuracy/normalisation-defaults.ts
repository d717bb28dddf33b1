/** What measured best with FaceNet (docs/decisions/007). */
export const NORMALISATION = {
  /** How many of a face's most alike strangers count. */
  top: 30,
  /**
   * From this cosine similarity up one of the cohort is taken for the person themselves. With FaceNet
   * one in ten thousand pairs of strangers gets there, with others fewer.
   */
  samePerson: 0.7,
  /** More would say little more, and each probe is compared with all. */
  mostStrangers: 1_000,
} as const;
