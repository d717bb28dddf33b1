import { type EmbeddedPhotograph } from './embed-photographs.js';
import { type LabelledFace } from './scored-pairs.js';

/** Photographs with their people numbered. */
export interface LabelledFaces {
  /** In the order of the photographs. */
  readonly faces: readonly LabelledFace[];
  /** Names of the people, by number. */
  readonly people: readonly string[];
}

export function labelFaces(photographs: readonly EmbeddedPhotograph[]): LabelledFaces {
  const people = [...new Set(photographs.map(({ person }) => person))];
  const numbers = new Map(people.map((person, number) => [person, number]));
  const faces = photographs.map(({ person, embedding }) => {
    return { person: numbers.get(person)!, embedding };
  });
  return { faces, people };
}
