import { html, type Html } from './html.js';
import { type ReportFace, type ReportImage } from './report-data.js';
import { type Thumbnail } from './thumbnails.js';

/** What drawing a photograph takes besides the data. */
export interface ReportPictures {
  /** Thumbnail of an image, by key; an image without one is past what the report shows. */
  readonly images: ReadonlyMap<string, Thumbnail>;
  /** Portrait of a person, by id. */
  readonly portraits: ReadonlyMap<string, Thumbnail>;
  /** Colour of a person, by id, in degrees. */
  readonly hues: ReadonlyMap<string, number>;
}

/** A face this near the upper edge, as a share of the height, has its name below it. */
const NAME_BELOW = 0.12;
/** One that reaches this near the lower edge as well has it inside. */
const NAME_INSIDE = 0.88;
/** A face that begins this far right, as a share of the width, has its name end where it ends. */
const NAME_LEFTWARDS = 0.6;

/** With so many faces, scores of unknown ones would cover each other; they show when it is enlarged. */
const CROWD = 4;

/** A photograph with a box, a name and a score on every face; a click makes it larger. */
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
      <input type="checkbox" class="zoom" aria-label="larger" />
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

/** Two decimals; empty where there was nobody to compare with. */
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
