import { percent } from '../support/figures.js';
import { type RocPoint } from './curves.js';

export interface RocSeries {
  readonly name: string;
  readonly points: readonly RocPoint[];
  /** Number of the colour. Curves that belong together have the same. */
  readonly colour: number;
  readonly stroke: 'solid' | 'dashed' | 'dotted';
}

const SIZE = { width: 760, height: 500 };
const PLOT = { left: 72, right: 736, top: 44, bottom: 440 };
const STYLE = `
.back { fill: #fff } text { fill: #1c1d1f; font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif }
.title { font-size: 16px; font-weight: 600 } .quiet { fill: #6a6c70 } .grid { stroke: #e3e3df } .curve { fill: none; stroke-width: 2 }
.c0 { stroke: #2f7d5b } .c1 { stroke: #c07a00 } .c2 { stroke: #3565b5 } .c3 { stroke: #b4453c } .c4 { stroke: #7a4ea3 } .c5 { stroke: #4d7f86 }
.dashed { stroke-dasharray: 6 4 } .dotted { stroke-dasharray: 2 3 }
@media (prefers-color-scheme: dark) { .back { fill: #16171a } text { fill: #e8e8e6 } .quiet { fill: #9a9ca1 } .grid { stroke: #33363b } }
`;
const COLOURS = 6;

/** ROC curves as an SVG image: true-accept rate against the logarithm of the false-accept rate. */
export function rocPlot(title: string, series: readonly RocSeries[]): string {
  const scale = scaleOf(series.flatMap(({ points }) => points));
  const { width, height } = SIZE;
  const { left, right, top, bottom } = PLOT;
  const across = `translate(18 ${(top + bottom) / 2}) rotate(-90)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<rect class="back" width="${width}" height="${height}"/>
<text class="title" x="${left}" y="26">${escape(title)}</text>
${grid(scale)}<text class="quiet" text-anchor="middle" x="${(left + right) / 2}" y="${height - 14}">false-accept rate</text>
<text class="quiet" text-anchor="middle" transform="${across}">same-person pairs accepted</text>
${series.map((one) => curve(one, scale)).join('')}${series.map((one, index) => legend(one, index - series.length)).join('')}</svg>
`;
}

interface Scale {
  /** Decades of the false-accept rate up to 1. */
  readonly decades: number;
  /** Lowest true-accept rate shown. */
  readonly floor: number;
  readonly x: (falseAcceptRate: number) => number;
  readonly y: (trueAcceptRate: number) => number;
}

function scaleOf(points: readonly RocPoint[]): Scale {
  const rarest = points.reduce((least, point) => Math.min(least, point.falseAcceptRate), 0.1);
  const lowest = points.reduce((least, point) => Math.min(least, point.trueAcceptRate), 0.95);
  const decades = Math.ceil(-Math.log10(rarest));
  const floor = Math.floor(lowest * 10) / 10;
  const { left, right, top, bottom } = PLOT;
  return {
    decades,
    floor,
    x: (rate) => rounded(right + ((right - left) * Math.log10(rate)) / decades),
    y: (rate) => rounded(bottom - ((bottom - top) * (rate - floor)) / (1 - floor)),
  };
}

function grid({ decades, floor, x, y }: Scale): string {
  const { left, right, top, bottom } = PLOT;
  const span = 1 - floor;
  const step = span < 0.15 ? 0.01 : span < 0.35 ? 0.05 : 0.1;
  const rates = Array.from({ length: decades + 1 }, (_, decade) => 10 ** -decade);
  const shares = Array.from({ length: Math.round(span / step) + 1 }, (_, i) => 1 - i * step);
  return [
    ...rates.map((rate) => {
      const at = x(rate);
      return `<path class="grid" d="M${at} ${top}V${bottom}"/><text class="quiet" text-anchor="middle" x="${at}" y="${bottom + 20}">${percent(rate)}</text>
`;
    }),
    ...shares.map((share) => {
      const at = y(share);
      return `<path class="grid" d="M${left} ${at}H${right}"/><text class="quiet" text-anchor="end" x="${left - 8}" y="${at + 4}">${percent(share)}</text>
`;
    }),
  ].join('');
}

function curve({ points, colour, stroke }: RocSeries, { x, y }: Scale): string {
  const path = points
    .map(({ falseAcceptRate, trueAcceptRate }) => `${x(falseAcceptRate)} ${y(trueAcceptRate)}`)
    .join('L');
  return `<path class="curve c${colour % COLOURS} ${stroke}" d="M${path}"/>
`;
}

/** @param line how many lines from the bottom, negative */
function legend({ name, colour, stroke }: RocSeries, line: number): string {
  const y = PLOT.bottom + 22 * line;
  const right = PLOT.right - 14;
  return `<path class="curve c${colour % COLOURS} ${stroke}" d="M${right - 40} ${y}H${right}"/><text text-anchor="end" x="${right - 50}" y="${y + 4}">${escape(name)}</text>
`;
}

/** Text between the tags of an element. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Tenths of a pixel. */
function rounded(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
