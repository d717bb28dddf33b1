import { type ImportImage } from '#shared/contracts/http/imports.http.js';
import { type Sums, allAccountedFor, describeSkipped, describeSums } from '../output/accounting.js';
import { quantity } from '../output/table.js';
import { html, Html } from './html.js';
import { formatScore, photoCard, type ReportPictures } from './photo-card.js';
import { bestScore, type PersonSection, type ReportImage, type ReportData } from './report-data.js';
import { STYLE } from './report-style.js';
import { type Thumbnail } from './thumbnails.js';

/** Maximum number of files listed in one section. The counts in the headings are exact. */
const MAX_LISTED = 2_000;

/** The whole report as one HTML page. It loads no other file and runs no script. */
export function reportPage(
  data: ReportData,
  people: readonly PersonSection[],
  unknown: readonly ReportImage[],
  pictures: ReportPictures,
): string {
  const faces = data.images.reduce((sum, image) => sum + image.faces.length, 0);
  const { sums, decidedAt } = data;
  const skipped = describeSkipped(sums);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sightline report</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>Who was found</h1>
          <p class="quiet">
            <bdi>${data.archive}</bdi>${decidedAt === null ? '' : ` · ${formatMinute(decidedAt)}`}
          </p>
          ${sumsBar(sums)}
          <p class="${allAccountedFor(sums) ? 'quiet' : 'wrong'}">
            ${describeSums(sums, true)} ·
            ${quantity(faces, 'face')}${skipped === null ? '' : ` · skipped: ${skipped}`}
          </p>
          <nav>
            ${people.map((person) => personChip(person, pictures.portraits.get(person.id)))}
          </nav>
        </header>
        <main>
          ${people.map((person) => personSection(person, pictures))}
          ${unknownSection(unknown, pictures)} ${facelessSection(data.others, pictures)}
          ${refusedSection(data.others)}
        </main>
      </body>
    </html> `;
  return page.text;
}

/** A bar that shows the number of images by outcome. */
function sumsBar(sums: Sums): Html {
  const parts = [
    { kind: 'named', label: 'named', count: sums.named },
    { kind: 'unknown', label: 'unknown', count: sums.unknown },
    { kind: 'faceless', label: 'no face', count: sums.faceless },
    { kind: 'refused', label: 'refused', count: sums.refused },
    { kind: 'failed', label: 'failed', count: sums.failed },
  ].filter(({ count }) => count > 0);
  return html`<div class="bar">
    ${parts.map(
      ({ kind, label, count }) =>
        html`<a class="${kind}" href="#${kind}" style="flex-grow:${count}"
          ><b>${count}</b> ${label}</a
        >`,
    )}
  </div>`;
}

/** A person in the list at the top of the page: portrait, name, number of images. */
function personChip(person: PersonSection, portrait: Thumbnail | undefined): Html {
  const picture =
    portrait && 'uri' in portrait
      ? html`<img src="${portrait.uri}" alt="" width="40" height="40" />`
      : html``;
  return html`<a class="chip" href="#person-${person.id}" style="--hue:${person.hue}"
    >${picture}<bdi>${person.name}</bdi><small>${person.images.length}</small></a
  >`;
}

/** The images of a person, best score first. */
function personSection(person: PersonSection, pictures: ReportPictures): Html {
  const scores = person.images.map((image) => bestScore(image, person.id));
  const range = [scores.at(-1)!, scores[0]!].map(formatScore);
  const between = range[0] === range[1] ? range[0]! : range.join(' to ');
  return html`<section id="person-${person.id}" style="--hue:${person.hue}">
    <h2 class="person">
      <bdi>${person.name}</bdi>
      <small>${quantity(person.images.length, 'image')}, score ${between}</small>
    </h2>
    ${photoGrid(person.images, pictures)}
  </section>`;
}

/** Images with only unknown faces. The score is that of the most similar person. */
function unknownSection(images: readonly ReportImage[], pictures: ReportPictures): Html {
  if (images.length === 0) return html``;
  return html`<section id="unknown">
    <h2>
      Unknown
      <small
        >${quantity(images.length, 'image')}; the score is that of the most similar person</small
      >
    </h2>
    ${photoGrid(images, pictures)}
  </section>`;
}

function facelessSection(others: readonly ImportImage[], pictures: ReportPictures): Html {
  const images = others.filter(({ outcome }) => outcome === 'faceless');
  if (images.length === 0) return html``;
  return html`<section id="faceless">
    <h2>No face <small>${quantity(images.length, 'image')}</small></h2>
    <ul class="strip">
      ${images.slice(0, MAX_LISTED).map(({ key }) => facelessItem(key, pictures.images.get(key)))}
    </ul>
    ${more(images.length - MAX_LISTED)}
  </section>`;
}

/** Files that were refused or failed, with the reason. */
function refusedSection(others: readonly ImportImage[]): Html {
  const files = others.filter(({ outcome }) => outcome === 'refused' || outcome === 'failed');
  if (files.length === 0) return html``;
  return html`<section id="refused">
    <h2 id="failed">Refused or failed <small>${quantity(files.length, 'file')}</small></h2>
    <table>
      ${files.slice(0, MAX_LISTED).map(
        ({ key, outcome, code, message }) =>
          html`<tr>
            <td><bdi>${key}</bdi></td>
            <td><code>${code ?? outcome}</code></td>
            <td>${message ?? ''}</td>
          </tr>`,
      )}
    </table>
    ${more(files.length - MAX_LISTED)}
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
  return count > 0 ? html`<p class="quiet">and ${count} more that are not shown here</p>` : html``;
}

function formatMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
