import { type ImportImage } from '../client/ingest-api.js';
import { html, type Html } from './html.js';
import { formatScore, photoCard, type ReportPictures } from './photo-card.js';
import { bestScore, type PersonSection, type ReportImage } from './report-data.js';
import { type Thumbnail } from './thumbnails.js';

/** Files listed in one section; the counts stay exact past it. */
const LONGEST_LIST = 2_000;

/** The images a person is in, best score first. */
export function personSection(person: PersonSection, pictures: ReportPictures): Html {
  const scores = person.images.map((image) => bestScore(image, person.id));
  const range = [scores.at(-1)!, scores[0]!].map(formatScore);
  const between = range[0] === range[1] ? range[0]! : range.join(' to ');
  return html`<section id="person-${person.id}" style="--hue:${person.hue}">
    <h2 class="person">
      <bdi>${person.name}</bdi>
      <small>${countOf(person.images.length)}, score ${between}</small>
    </h2>
    ${photoGrid(person.images, pictures)}
  </section>`;
}

/** Images whose faces are all unknown; the number is how near the nearest person was. */
export function unknownSection(images: readonly ReportImage[], pictures: ReportPictures): Html {
  if (images.length === 0) return html``;
  return html`<section id="unknown">
    <h2>Unknown <small>${countOf(images.length)}, with the score of the nearest person</small></h2>
    ${photoGrid(images, pictures)}
  </section>`;
}

export function facelessSection(others: readonly ImportImage[], pictures: ReportPictures): Html {
  const images = others.filter(({ outcome }) => outcome === 'faceless');
  if (images.length === 0) return html``;
  return html`<section id="faceless">
    <h2>No face <small>${countOf(images.length)}</small></h2>
    <ul class="strip">
      ${images.slice(0, LONGEST_LIST).map(({ key }) => facelessItem(key, pictures.images.get(key)))}
    </ul>
    ${more(images.length - LONGEST_LIST)}
  </section>`;
}

/** Files that could not be used, with the reason. */
export function refusedSection(others: readonly ImportImage[]): Html {
  const files = others.filter(({ outcome }) => outcome === 'refused' || outcome === 'failed');
  if (files.length === 0) return html``;
  return html`<section id="refused">
    <h2 id="failed">Refused <small>${countOf(files.length)}</small></h2>
    <table>
      ${files.slice(0, LONGEST_LIST).map(
        ({ key, outcome, code, message }) =>
          html`<tr>
            <td><bdi>${key}</bdi></td>
            <td><code>${code ?? outcome}</code></td>
            <td>${message ?? ''}</td>
          </tr>`,
      )}
    </table>
    ${more(files.length - LONGEST_LIST)}
  </section>`;
}

function photoGrid(images: readonly ReportImage[], pictures: ReportPictures): Html {
  const shown = images.flatMap((image) => {
    const thumbnail = pictures.images.get(image.key);
    return thumbnail ? [photoCard(image, thumbnail, pictures.hues)] : [];
  });
  return html`<div class="grid">${shown}</div>
    ${more(images.length - shown.length)}`;
}

function facelessItem(key: string, thumbnail: Thumbnail | undefined): Html {
  const picture =
    thumbnail && 'uri' in thumbnail ? html`<img src="${thumbnail.uri}" alt="" />` : html``;
  return html`<li title="${key}">${picture}<bdi>${key}</bdi></li>`;
}

function more(count: number): Html {
  return count > 0 ? html`<p class="quiet">and ${count} more, which are not shown</p>` : html``;
}

function countOf(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}
