import { markdownTable } from '../accuracy/markdown-table.js';
import { type Day } from './bursty-day.js';
import { CANDIDATES } from './candidates.js';
import { simulate, type DayReport, type Installation } from './simulate.js';

/** Every candidate on one day, as Markdown. */
export function dayTable(day: Day, installation: Installation): string {
  const rows = CANDIDATES.map(({ name, settings, sight }) => {
    const report = simulate(day, installation, settings, sight);
    const { liveWaits, longestImport, replicaHours, changes, left } = report;
    return [
      ...[name, ...liveWaits.map(String), longestImport.toFixed(1), replicaHours.toFixed(0)],
      ...[String(changes), left.toLocaleString('en')],
    ];
  });
  const head = ['live waits, s:', 'half', '95 %', '99 %', 'longest import, h', 'replica hours'];
  return markdownTable([...head, 'changes', 'left at midnight'], rows, 1).join('\n');
}

const SIZE = { width: 760, height: 420 };
const LEFT = 60;
const WIDTH = 680;
const STYLE = `text{font:13px system-ui,sans-serif;fill:#555}path{fill:none;stroke-width:1.5}.back{fill:#fff}
.a{stroke:#3565b5}.b{stroke:#b4453c}.c{stroke:#2f7d5b}`;

/** Backlog and replicas over the day, as an SVG image. */
export function dayPlot(title: string, { minutes }: DayReport): string {
  const backlog = minutes.map(({ live, archive }) => live + archive);
  const replicas = minutes.map(({ ready }) => ready);
  const stores = minutes.map(({ unlisted }) => unlisted);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img">
<title>${title}</title><style>${STYLE}</style><rect class="back" width="${SIZE.width}" height="${SIZE.height}"/>
<text x="${LEFT}" y="20">${title}</text>
${band('a', 'in their stores', stores, 40)}${band('b', 'on the queue', backlog, 165)}${band('c', 'embedders', replicas, 290)}
<text x="${LEFT}" y="412">0 h</text><text x="${LEFT + WIDTH - 30}" y="412">24 h</text>
</svg>
`;
}

function band(colour: string, name: string, values: readonly number[], top: number): string {
  const most = Math.max(1, ...values);
  const points = values.map((value, minute) => {
    const x = LEFT + (minute / values.length) * WIDTH;
    return `${x.toFixed(1)} ${(top + 100 - (value / most) * 90).toFixed(1)}`;
  });
  return `<text x="${LEFT}" y="${top + 6}">${name}, up to ${most.toLocaleString('en')}</text><path class="${colour}" d="M${points.join('L')}"/>`;
}
