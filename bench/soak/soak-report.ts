import { markdownTable } from '../accuracy/markdown-table.js';
import { fitLine, type Line, type Point } from './fit-line.js';
import { type SoakSample } from './run-soak.js';

/** What slopes are quoted per. */
const IMAGES = 10_000;

/** Change of one figure over the images that followed the warm-up, per 10,000 of them. */
export function slopeOf(
  samples: readonly SoakSample[],
  read: (sample: SoakSample) => number,
): Line {
  return fitLine(pointsOf(samples, read));
}

/** The figures of a soak as Markdown. @param samples what came after the warm-up */
export function soakReport(samples: readonly SoakSample[]): string {
  const names = Object.keys(samples[0]!.processes);
  const rows = names.map((name) => {
    const resident = (sample: SoakSample) => sample.processes[name]!.residentMiB;
    const held = (sample: SoakSample) => sample.processes[name]!.heldMiB ?? sample.redisUsedMiB;
    return [
      name,
      ends(samples, resident, 0),
      slope(slopeOf(samples, resident)),
      ends(samples, held, 1),
      slope(slopeOf(samples, held)),
      ends(samples, ({ processes }) => processes[name]!.handles, 0),
      ends(samples, ({ processes }) => processes[name]!.threads, 0),
    ];
  });
  const head = [
    'process',
    'resident, MiB',
    'per 10,000 images',
    'held, MiB',
    'per 10,000 images',
    'handles',
    'threads',
  ];
  return markdownTable(head, rows, 1).join('\n');
}

function pointsOf(samples: readonly SoakSample[], read: (sample: SoakSample) => number): Point[] {
  return samples.map((sample) => ({ x: sample.images / IMAGES, y: read(sample) }));
}

function ends(
  samples: readonly SoakSample[],
  read: (sample: SoakSample) => number,
  digits: number,
): string {
  return [samples[0]!, samples.at(-1)!].map((sample) => read(sample).toFixed(digits)).join(' → ');
}

function slope({ slope: value, margin }: Line): string {
  return `${value.toFixed(2)} ± ${margin.toFixed(2)}`;
}
