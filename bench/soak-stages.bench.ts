/**
 * npm run soak:stages -- [--seconds N] [--warm-up N] [--env NAME=VALUE …]
 *
 * Ingest and matcher alone; the other services are simulated. Without networks each processes several hundred thousand
 * images in minutes, which gives a precise estimate of how its memory grows.
 */
import { parseArgs } from 'node:util';
import { type ProcessSample, sampleProcess } from './soak/run-soak.js';
import { fitLine } from './soak/soak-report.js';
import { type Stage, startIngestStage, startMatcherStage } from './soak/stage-rounds.js';
import { machineLine, markdownTable } from './support/figures.js';
import { parseSettings } from './support/parse-settings.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    'warm-up': { type: 'string', default: '40000' },
    env: { type: 'string', multiple: true, default: [] },
  },
});
const warmUp = Number(values['warm-up']);
const env = parseSettings(values.env);

interface Look extends ProcessSample {
  readonly images: number;
}

async function soak(name: string, stage: Stage): Promise<string[]> {
  const looks: Look[] = [];
  const end = performance.now() + Number(values.seconds) * 1000;
  try {
    for (let images = 0; performance.now() < end;) {
      images += await stage.round();
      looks.push({ images, ...(await sampleProcess(stage.pid, stage.probeFolder)) });
    }
  } finally {
    await stage.stop();
  }
  const steady = looks.filter(({ images }) => images >= warmUp);
  const [first, last] = [steady[0]!, steady.at(-1)!];
  const slope = (read: (look: Look) => number) => {
    const line = fitLine(steady.map((look) => ({ x: look.images / 10_000, y: read(look) })));
    return `${line.slope.toFixed(3)} ± ${line.margin.toFixed(3)}`;
  };
  return [
    name,
    String(last.images),
    `${first.residentMiB.toFixed(0)} → ${last.residentMiB.toFixed(0)}`,
    slope(({ residentMiB }) => residentMiB),
    slope(({ heldMiB }) => heldMiB!),
    `${first.handles} → ${last.handles}`,
    `${first.threads} → ${last.threads}`,
  ];
}

const rows = [
  await soak('ingest', await startIngestStage(env)),
  await soak('matcher', await startMatcherStage(env)),
];
const per = 'per 10,000 images';
const head = ['process', 'images', 'resident, MiB', per, `held, MiB ${per}`, 'handles', 'threads'];
console.log([machineLine(), '', ...markdownTable(head, rows, 1)].join('\n'));
