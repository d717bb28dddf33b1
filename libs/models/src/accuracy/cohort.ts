import { dotProduct } from '../scoring/as-norm.js';
import { type EmbeddedPhotograph } from './embed-photographs.js';
import { seededRandom } from './people-bootstrap.js';

const SEED = 1;
/** Two embeddings this alike are of one photograph. */
const SAME_PHOTOGRAPH = 0.9999;

/** A stranger whom scores are normalised with. */
export interface CohortMember {
  /** Null when nobody knows who it is. */
  readonly person: string | null;
  /** Unit norm. */
  readonly embedding: Float32Array;
}

/** Strangers, and the photographs that may be compared with their help: those of nobody among them. */
export interface CohortAndTrials {
  readonly cohort: readonly CohortMember[];
  readonly trials: readonly EmbeddedPhotograph[];
}

type Found = EmbeddedPhotograph & { readonly embedding: Float32Array };

/** People with a single photograph as cohort: they could only ever be compared with others. */
export function sampleCohort(
  photographs: readonly EmbeddedPhotograph[],
  most: number,
): CohortAndTrials {
  const counts = new Map<string, number>();
  for (const { person } of photographs) counts.set(person, (counts.get(person) ?? 0) + 1);
  const single = photographs.filter(({ person }) => counts.get(person) === 1);
  return givenCohort(photographs, single, most);
}

/** Given strangers as cohort, a photograph each. */
export function givenCohort(
  photographs: readonly EmbeddedPhotograph[],
  strangers: readonly EmbeddedPhotograph[],
  most: number,
): CohortAndTrials {
  const byPerson = new Map(strangers.filter(isFound).map((found) => [found.person, found]));
  return withoutMembers(photographs, shuffled([...byPerson.values()]).slice(0, most));
}

/** Strangers without names, of a pack or an archive: known by the photographs they are made from. */
export function unnamedCohort(
  photographs: readonly EmbeddedPhotograph[],
  embeddings: readonly Float32Array[],
): CohortAndTrials {
  const found = photographs.filter(isFound);
  const members = embeddings.map((embedding): CohortMember => {
    const same = found.find((one) => dotProduct(one.embedding, embedding) > SAME_PHOTOGRAPH);
    return { person: same?.person ?? null, embedding };
  });
  return withoutMembers(photographs, members);
}

function withoutMembers(
  photographs: readonly EmbeddedPhotograph[],
  cohort: readonly CohortMember[],
): CohortAndTrials {
  const names = new Set(cohort.map(({ person }) => person));
  return { cohort, trials: photographs.filter(({ person }) => !names.has(person)) };
}

function isFound(photograph: EmbeddedPhotograph): photograph is Found {
  return photograph.embedding !== null;
}

/** Fisher and Yates's shuffle, the same every time. */
function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  const random = seededRandom(SEED);
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
