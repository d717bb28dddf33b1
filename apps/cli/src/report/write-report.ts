import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { groupByPerson, unknownOnly, type ReportData } from './report-data.js';
import { reportPage } from './report-page.js';
import { Thumbnails, type ImageToShow, type Thumbnail } from './thumbnails.js';

const PARALLEL = { concurrency: 4 };
/** Longest side of a thumbnail in pixels, for reports of up to `upTo` images. */
const SIZES = [
  { upTo: 200, size: 800 },
  { upTo: 600, size: 560 },
  { upTo: 1_500, size: 360 },
] as const;
/** Maximum number of photographs in a report; the file is then about 40 MB. */
const MAX_IMAGES = SIZES[2].upTo;
const MAX_FACELESS = 200;
const FACELESS_SIZE = 200;
const PORTRAIT_SIZE = 96;

/**
 * Writes FOLDER/index.html, a page without links to other files. The same data gives the same bytes.
 * @returns path of the file
 */
export async function writeReport(
  data: ReportData,
  objects: ObjectStore,
  folder: string,
): Promise<string> {
  const thumbnails = new Thumbnails(objects);
  const people = groupByPerson(data.images);
  const unknown = unknownOnly(data.images);
  const inOrder = new Set([...people.flatMap((person) => person.images), ...unknown]);
  const shown = [...inOrder].slice(0, MAX_IMAGES);
  const size = SIZES.find(({ upTo }) => shown.length <= upTo)!.size;
  const faceless = data.others
    .filter(({ outcome }) => outcome === 'faceless')
    .slice(0, MAX_FACELESS);
  const byKey = (images: readonly ImageToShow[], pixels: number) =>
    pMap(
      images,
      async (image) => [image.key, await thumbnails.whole(image, pixels)] as const,
      PARALLEL,
    );
  const portraits = await pMap(
    people,
    async ({ id, best }) => {
      return [id, await thumbnails.face(best.image, best.face.box, PORTRAIT_SIZE)] as const;
    },
    PARALLEL,
  );
  const page = reportPage(data, people, unknown, {
    images: new Map<string, Thumbnail>([
      ...(await byKey(shown, size)),
      ...(await byKey(faceless, FACELESS_SIZE)),
    ]),
    portraits: new Map(portraits),
    hues: new Map(people.map(({ id, hue }) => [id, hue])),
  });
  return writeWhole(path.join(folder, 'index.html'), page);
}

async function writeWhole(file: string, text: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return file;
}
