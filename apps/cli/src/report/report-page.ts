import { allAccountedFor, describeSums } from '../output/accounting.js';
import { html, Html } from './html.js';
import { type ReportPictures } from './photo-card.js';
import { type PersonSection, type ReportData, type ReportImage } from './report-data.js';
import {
  facelessSection,
  personSection,
  refusedSection,
  unknownSection,
} from './report-sections.js';
import { STYLE } from './report-style.js';
import { personChip, sumsBar } from './report-summary.js';

/** The whole report: one file, no script, nothing fetched. */
export function reportPage(
  data: ReportData,
  people: readonly PersonSection[],
  unknown: readonly ReportImage[],
  pictures: ReportPictures,
): string {
  const faces = data.images.reduce((sum, image) => sum + image.faces.length, 0);
  const { sums, decidedAt } = data;
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
            <bdi>${data.archive}</bdi>${decidedAt === null ? '' : ` · ${minute(decidedAt)}`}
          </p>
          ${sumsBar(sums)}
          <p class="${allAccountedFor(sums) ? 'quiet' : 'wrong'}">
            ${describeSums(sums)} · ${faces} faces${skipped(sums.skipped)}
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

function skipped(count: number): string {
  return count === 0 ? '' : ` · skipped, no image by its name: ${count}`;
}

function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
