import { html, type Html } from './html.js';
import { type ReportFace, type ReportImage } from './report-data.js';
import { type Thumbnail } from './thumbnails.js';

/** Pictures and colours for the report page. */
export interface ReportPictures {
  /** Thumbnails by image key. An image without a thumbnail is over the maximum and is not shown. */
  readonly images: ReadonlyMap<string, Thumbnail>;
  /** Portraits by person id. */
  readonly portraits: ReadonlyMap<string, Thumbnail>;
  /** Hues by person id, in degrees. */
  readonly hues: ReadonlyMap<string, number>;
}

/** If the box begins in this share of the height from the top, the name is below the box. */
const NAME_BELOW = 0.12;
/** If the box also ends below this share of the height, the name is inside the box. */
const NAME_INSIDE = 0.88;
/** If the box begins to the right of this share of the width, the name is aligned to its right edge. */
const NAME_LEFTWARDS = 0.6;
/** From this number of faces on, scores of unknown faces would overlap: they show when it is enlarged. */
const CROWD = 4;

/** A photograph with a box, a name and a score on each face. A click enlarges it. */
export function photoCard(
  image: ReportImage,
  thumbnail: Thumbnail,
  hues: ReportPictures['hues'],
): Html {
  const ratio = round(image.width / image.height, 4);
  return html`<figure
    class="card ${image.faces.length < CROWD ? '' : 'crowd'}"
    style="--ratio:${ratio}"
  >
    <label class="photo">
      <input type="checkbox" class="zoom" aria-label="enlarge" />
      ${picture(image, thumbnail)}${image.faces.map((face) => faceBox(face, image, hues))}
    </label>
    <figcaption title="${image.key}"><bdi>${image.key}</bdi></figcaption>
  </figure> `;
}

function picture({ key, width, height }: ReportImage, thumbnail: Thumbnail): Html {
  if ('problem' in thumbnail) {
    return html`<span class="missing">cannot be shown: ${thumbnail.problem}</span>`;
  }
  return html`<img src="${thumbnail.uri}" alt="${key}" width="${width}" height="${height}" />`;
}

function faceBox(
  { box, person, score }: ReportFace,
  { width, height }: ReportImage,
  hues: ReportPictures['hues'],
): Html {
  const left = share(box.x, width);
  const top = share(box.y, height);
  const right = share(box.x + box.width, width);
  const bottom = share(box.y + box.height, height);
  const place = `left:${percent(left)};top:${percent(top)};width:${percent(right - left)};height:${percent(bottom - top)}`;
  const hue = person ? `;--hue:${hues.get(person.id)!}` : '';
  const classes = [
    'face',
    person ? 'named' : 'unknown',
    ...(top < NAME_BELOW ? [bottom > NAME_INSIDE ? 'inside' : 'below'] : []),
    ...(left > NAME_LEFTWARDS ? ['leftwards'] : []),
  ].join(' ');
  return html`<span class="${classes}" style="${place}${hue}"
    ><span class="name"><bdi>${person?.name ?? '?'}</bdi><i>${formatScore(score)}</i></span></span
  >`;
}

/** Two decimals; empty if nobody was enrolled. */
export function formatScore(score: number | null): string {
  return score === null ? '' : score.toFixed(2);
}

function share(value: number, whole: number): number {
  return Math.min(1, Math.max(0, value / whole));
}

function percent(value: number): string {
  return `${round(value * 100, 2)}%`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
