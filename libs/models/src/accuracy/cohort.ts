/** Chooses the cohort: strangers with whose help scores are normalised (AS-norm). */
import { dotProduct } from '../scoring/as-norm.js';
import { type EmbeddedPhotograph } from './embed-photographs.js';
import { seededRandom } from './people-bootstrap.js';

const SEED = 1;
/** Embeddings with a higher cosine similarity are of the same photograph. */
const SAME_PHOTOGRAPH = 0.9999;

/** A stranger of the cohort. */
export interface CohortMember {
  /** Null when the person is unknown. */
  readonly person: string | null;
  /** L2 norm 1. */
  readonly embedding: Float32Array;
}

/** The cohort, and the photographs of other people, which may be compared with its help. */
export interface CohortAndTrials {
  readonly cohort: readonly CohortMember[];
  readonly trials: readonly EmbeddedPhotograph[];
}

type Found = EmbeddedPhotograph & { readonly embedding: Float32Array };

/** Takes people with a single photograph as the cohort: they cannot form genuine pairs. @param most maximum number of people */
export function sampleCohort(
  photographs: readonly EmbeddedPhotograph[],
  most: number,
): CohortAndTrials {
  const counts = new Map<string, number>();
  for (const { person } of photographs) counts.set(person, (counts.get(person) ?? 0) + 1);
  const single = photographs.filter(({ person }) => counts.get(person) === 1);
  return givenCohort(photographs, single, most);
}

/** Takes one photograph of each given stranger as the cohort. @param most maximum number of people */
export function givenCohort(
  photographs: readonly EmbeddedPhotograph[],
  strangers: readonly EmbeddedPhotograph[],
  most: number,
): CohortAndTrials {
  const byPerson = new Map(strangers.filter(isFound).map((found) => [found.person, found]));
  return withoutMembers(photographs, shuffled([...byPerson.values()]).slice(0, most));
}

/** Takes unnamed embeddings of a pack or an archive as the cohort. Their people are found by equal photographs. */
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

/** Fisher-Yates shuffle with a fixed seed. */
function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  const random = seededRandom(SEED);
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
