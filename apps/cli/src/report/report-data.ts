import { type ImportImage } from '#shared/contracts/http/imports.http.js';
import { type Box } from '#shared/contracts/image-ref.js';
import { type Sums } from '../output/accounting.js';

export interface ReportFace {
  readonly id: string;
  /** Pixels of the upright image. */
  readonly box: Box;
  readonly person: { readonly id: string; readonly name: string } | null;
  /** Score of the most similar person; null if nobody was enrolled. */
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

/** The results of an import. */
export interface ReportData {
  /** Folder or URL of the archive, as the user wrote it. */
  readonly archive: string;
  readonly sums: Sums;
  readonly images: readonly ReportImage[];
  /** Images without a sighting, with the reason if there is one. */
  readonly others: readonly ImportImage[];
  /** Time of the last decision on a face; null if there is no face. */
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

/** Groups images by person, most images first. An image with two people is in both groups. */
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
    .map((section, index) => ({ ...section, hue: hueAt(index) }));
}

/** Images with faces of which none is named, sorted by key. */
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

/** Hues from 70 to 390 degrees. 30 to 70 is amber, the colour of unknown faces. */
const FIRST_HUE = 70;
const HUE_RANGE = 320;
const GOLDEN_SECTION = 0.618034;

/** Hue of the person at an index of the report, in degrees. Neighbours differ by the golden section. */
function hueAt(index: number): number {
  return Math.round(FIRST_HUE + ((80 + index * GOLDEN_SECTION * HUE_RANGE) % HUE_RANGE)) % 360;
}
