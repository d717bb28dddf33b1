import { dotProduct } from '#shared/scoring/dot-product.js';

/** How well a network keeps the same person's faces together and strangers' apart. */
export interface Separation {
  /** A similarity of one person against one of strangers. */
  readonly comparisons: number;
  /** Those in which the same person's was the higher one. */
  readonly right: number;
}

/**
 * Every similarity of two faces of one person against every one of two people's. The share of right
 * ones is the area under the ROC curve: a network that knows nothing of faces gets half of them.
 */
export function separationOf(same: readonly number[], strangers: readonly number[]): Separation {
  let right = 0;
  for (const genuine of same) {
    for (const impostor of strangers) if (genuine > impostor) right++;
  }
  return { comparisons: same.length * strangers.length, right };
}

/** Cosine similarities of all faces of one list with all of another, for every two lists. */
export function similaritiesAcross(people: readonly (readonly Float32Array[])[]): number[] {
  return people.flatMap((faces, index) =>
    people
      .slice(0, index)
      .flat()
      .flatMap((other) => faces.map((face) => dotProduct(face, other))),
  );
}
