import { type DayReport } from './simulate.js';

const SIZE = { width: 760, height: 420 };
const LEFT = 60;
const WIDTH = 680;
const STYLE = `text{font:13px system-ui,sans-serif;fill:#555}path{fill:none;stroke-width:1.5}.back{fill:#fff}
.a{stroke:#3565b5}.b{stroke:#b4453c}.c{stroke:#2f7d5b}.d{stroke:#c9a227}`;

/** Backlog and replicas over the day, as an SVG image. */
export function dayPlot(title: string, { minutes }: DayReport): string {
  const stores = minutes.map(({ unlisted }) => unlisted);
  const backlog = minutes.map(({ queued }) => queued);
  const replicas = minutes.map(({ replicas: wished }) => wished);
  const working = minutes.map(({ working: ready }) => ready);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img">
<title>${title}</title><style>${STYLE}</style><rect class="back" width="${SIZE.width}" height="${SIZE.height}"/>
<text x="${LEFT}" y="20">${title}</text>
${band('in their stores', 40, { a: stores })}${band('on the queue', 165, { b: backlog })}${band('replicas, those that start in yellow', 290, { d: replicas, c: working })}
<text x="${LEFT}" y="412">0 h</text><text x="${LEFT + WIDTH - 30}" y="412">24 h</text>
</svg>
`;
}

/** @param lines values by the class of their line */
function band(name: string, top: number, lines: Readonly<Record<string, number[]>>): string {
  const most = Math.max(1, ...Object.values(lines).flat());
  const paths = Object.entries(lines).map(([colour, values]) => {
    const points = values.map((value, minute) => {
      const x = LEFT + (minute / values.length) * WIDTH;
      return `${x.toFixed(1)} ${(top + 100 - (value / most) * 90).toFixed(1)}`;
    });
    return `<path class="${colour}" d="M${points.join('L')}"/>`;
  });
  return `<text x="${LEFT}" y="${top + 6}">${name}, up to ${most.toLocaleString('en')}</text>${paths.join('')}`;
}
