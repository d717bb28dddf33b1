import { type Sums } from '../output/accounting.js';
import { html, type Html } from './html.js';
import { type PersonSection } from './report-data.js';
import { type Thumbnail } from './thumbnails.js';

/** How the images ended, as a bar. */
export function sumsBar(sums: Sums): Html {
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

/** A person in the list at the top: portrait, name, number of images. */
export function personChip(person: PersonSection, portrait: Thumbnail | undefined): Html {
  const picture =
    portrait && 'uri' in portrait
      ? html`<img src="${portrait.uri}" alt="" width="40" height="40" />`
      : html``;
  return html`<a class="chip" href="#person-${person.id}" style="--hue:${person.hue}"
    >${picture}<bdi>${person.name}</bdi><small>${person.images.length}</small></a
  >`;
}
