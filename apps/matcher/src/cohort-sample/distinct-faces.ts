import { cosineSimilarity } from '../queries/similarity.js';

/** Faces of which no two are of one person, taken as they come. */
export class DistinctFaces {
  private readonly taken: Float32Array[] = [];

  /**
   * @param samePerson cosine similarity from which on two faces are taken for one person
   * @param wanted most faces
   */
  constructor(
    private readonly samePerson: number,
    private readonly wanted: number,
  ) {}

  get faces(): readonly Float32Array[] {
    return this.taken;
  }

  get complete(): boolean {
    return this.taken.length >= this.wanted;
  }

  offer(face: Float32Array): void {
    if (this.complete) return;
    if (this.taken.some((other) => cosineSimilarity(face, other) >= this.samePerson)) return;
    this.taken.push(face);
  }
}
