import { type Box } from '#shared/contracts/image-ref.js';
import { type ImportImage } from '../client/ingest-api.js';
import { type Sums } from '../output/accounting.js';

/** Degrees left out around amber, the colour of unknown faces: from 30 to 70. */
const START = 70;
const RANGE = 320;
const GOLDEN_SECTION = 0.618034;

/** Hue of the person at a place in the report, in degrees: far from its neighbours' and from amber. */
function hueAt(place: number): number {
  return Math.round(START + ((80 + place * GOLDEN_SECTION * RANGE) % RANGE)) % 360;
}

export interface ReportFace {
  readonly id: string;
  /** Pixels of the upright image. */
  readonly box: Box;
  readonly person: { readonly id: string; readonly name: string } | null;
  /** Of the best person, null when nobody was enrolled. */
  readonly score: number | null;
}

export interface ReportImage {
  readonly key: string;
  readonly version: string;
  /** Pixels of the upright image. */
  readonly width: number;
  readonly height: number;
  /** From left to right. */
  readonly faces: readonly ReportFace[];
}

/** What an import found, read back from the services. */
export interface ReportData {
  /** Where the archive lies, for people. */
  readonly archive: string;
  readonly sums: Sums;
  readonly images: readonly ReportImage[];
  /** Images without a sighting, with the reason where there is one. */
  readonly others: readonly ImportImage[];
  /** When the last face was decided; null when there is none. */
  readonly decidedAt: Date | null;
}

export interface PersonSection {
  readonly id: string;
  readonly name: string;
  /** Colour of the person's boxes, in degrees. */
  readonly hue: number;
  /** Best score first. */
  readonly images: readonly ReportImage[];
  readonly best: { readonly image: ReportImage; readonly face: ReportFace };
}

/** Images by the people in them; an image with two people is in both sections. Most images first. */
export function groupByPerson(images: readonly ReportImage[]): readonly PersonSection[] {
  const sections = new Map<string, { name: string; found: [ReportImage, ReportFace][] }>();
  for (const image of images) {
    const bestHere = new Map<string, ReportFace>();
    for (const face of image.faces) {
      const id = face.person?.id;
      if (id === undefined) continue;
      if (scoreOf(face) > scoreOf(bestHere.get(id))) bestHere.set(id, face);
    }
    for (const [id, face] of bestHere) {
      const section = sections.get(id) ?? { name: face.person!.name, found: [] };
      section.found.push([image, face]);
      sections.set(id, section);
    }
  }
  return [...sections]
    .map(([id, { name, found }]) => {
      found.sort(([a, x], [b, y]) => scoreOf(y) - scoreOf(x) || (a.key < b.key ? -1 : 1));
      const [image, face] = found[0]!;
      return { id, name, images: found.map(([each]) => each), best: { image, face } };
    })
    .sort((a, b) => b.images.length - a.images.length || (a.name < b.name ? -1 : 1))
    .map((section, place) => ({ ...section, hue: hueAt(place) }));
}

/** Images with faces, none of which has a name, by key. */
export function unknownOnly(images: readonly ReportImage[]): readonly ReportImage[] {
  return images
    .filter((image) => image.faces.every((face) => face.person === null))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The score of a person's best face in an image. */
export function bestScore(image: ReportImage, personId: string): number {
  return Math.max(
    ...image.faces.filter((face) => face.person?.id === personId).map((face) => scoreOf(face)),
  );
}

function scoreOf(face: ReportFace | undefined): number {
  return face?.score ?? -Infinity;
}
