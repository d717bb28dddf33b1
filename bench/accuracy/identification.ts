import { type LabelledFace, type Scorer } from '#models/accuracy/scored-pairs.js';

export interface IdentificationPoint {
  /** FPIR, false positive identification rate: share of unknown probes that get a name. */
  readonly falsePositiveRate: number;
  /** FNIR, false negative identification rate: share of known probes that do not get their name. */
  readonly falseNegativeRate: number;
}

export interface Identification {
  /** People and their templates. */
  readonly enrolled: number;
  readonly templates: number;
  readonly knownProbes: number;
  readonly unknownProbes: number;
  /** Share of known probes whose own person has the highest score. */
  readonly rank1: number;
  /** For the rates for which there are enough unknown probes. */
  readonly points: readonly IdentificationPoint[];
}

export const FALSE_POSITIVE_RATES = [0.1, 0.01, 0.001];
/** Minimum number of unknown probes that a rate must name. */
const LEAST_NAMED = 5;

/** A probe's best score with its own person and with another enrolled person; −Infinity without a face. */
interface Probe {
  readonly own: number;
  readonly other: number;
}

/**
 * Open-set identification. People with more than `templatesEach` photographs are enrolled with the first ones; the rest
 * are known probes. Every photograph is also an unknown probe: then its person is removed from the gallery. A known
 * probe without a face counts as missed; an unknown probe without a face is left out.
 * @param faces faces of all people; those of a person in the order of the photographs
 */
export function identify(
  faces: readonly LabelledFace[],
  score: Scorer,
  templatesEach: number,
): Identification {
  const { templates, known } = splitGallery(faces, templatesEach);
  const probes = faces.map((face, index) => probe(face, index, templates, faces, score));
  const mated = known.map((index) => probes[index]!);
  const unknown = probes
    .filter((_, index) => faces[index]!.embedding !== null)
    .map(({ other }) => other)
    .sort((a, b) => b - a);
  const points = FALSE_POSITIVE_RATES.filter((rate) => rate * unknown.length >= LEAST_NAMED);
  const named = ({ own, other }: Probe, threshold: number) => own > other && own > threshold;
  return {
    enrolled: new Set(templates.map((index) => faces[index]!.person)).size,
    templates: templates.length,
    knownProbes: known.length,
    unknownProbes: unknown.length,
    rank1: share(mated, (one) => named(one, -Infinity)),
    points: points.map((falsePositiveRate) => {
      // The score of the first unknown probe that must not get a name.
      const threshold = unknown[Math.floor(falsePositiveRate * unknown.length)]!;
      const falseNegativeRate = 1 - share(mated, (one) => named(one, threshold));
      return { falsePositiveRate, falseNegativeRate };
    }),
  };
}

/** Indexes of the enrolled faces and of the known probes. */
function splitGallery(faces: readonly LabelledFace[], templatesEach: number) {
  const byPerson = new Map<number, number[]>();
  for (const [index, { person }] of faces.entries()) {
    byPerson.set(person, [...(byPerson.get(person) ?? []), index]);
  }
  const enrolled = [...byPerson.values()].filter((indexes) => indexes.length > templatesEach);
  return {
    templates: enrolled.flatMap((indexes) => indexes.slice(0, templatesEach)),
    known: enrolled.flatMap((indexes) => indexes.slice(templatesEach)),
  };
}

function probe(
  { person, embedding }: LabelledFace,
  index: number,
  templates: readonly number[],
  faces: readonly LabelledFace[],
  score: Scorer,
): Probe {
  let own = -Infinity;
  let other = -Infinity;
  if (embedding === null) return { own, other };
  for (const template of templates) {
    const face = faces[template]!;
    if (face.embedding === null) continue;
    if (face.person !== person) other = Math.max(other, score(index, template));
    else if (template !== index) own = Math.max(own, score(index, template));
  }
  return { own, other };
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}
