/**
 * npm run bench:engine -- [--pack-dir DIR] [--pack NAME] [--batch N] [--threads N] [--faces N] [--rounds N]
 *
 * Compares the embedder's path for aligned faces (crops from a picture, batches, inference threads) with the same
 * network on ONNX Runtime alone, with the same batch size and number of threads, in turns. Quote the ratio.
 * INFERENCE_ENGINE selects the engine, as for the embedder.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { inputShape } from '#vision/inference/network-input.js';
import { EmbedPath, RawOnnx } from './engine/paths.js';
import { machineLine, median } from './support/figures.js';

const { values } = parseArgs({
  options: {
    'pack-dir': { type: 'string' },
    pack: { type: 'string' },
    batch: { type: 'string', default: '8' },
    threads: { type: 'string', default: String(availableParallelism()) },
    faces: { type: 'string', default: '128' },
    rounds: { type: 'string', default: '7' },
  },
});
const config = { ...loadConfig(inferenceConfigSchema), BATCH_SIZE: Number(values.batch) };
config.MODELS_DIR = values['pack-dir'] ?? config.MODELS_DIR;
config.MODEL_PACK = values.pack ?? config.MODEL_PACK;
const threads = Number(values.threads);
const batch = config.BATCH_SIZE;
/** Full batches per thread. */
const batches = Math.max(1, Math.round(Number(values.faces) / batch / threads));
const faces = batches * batch * threads;

const { folder, manifest } = await readEmbeddingPack(config.MODELS_DIR, config.MODEL_PACK);
const artifact = manifest.artifacts.find(({ format }) => format === 'onnx');
if (!artifact) throw new Error(`${manifest.name} has no ONNX artifact to compare with`);
const raw = await RawOnnx.open(
  {
    file: path.join(folder, artifact.file),
    dims: [batch, ...inputShape(manifest.input)],
    intraOp: config.INFERENCE_INTRA_OP,
  },
  threads,
);
const ours = await EmbedPath.open(config, threads);
await ours.run(batch * threads);

const rounds: Record<'raw' | 'ours', Cost>[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  rounds.push({
    raw: await costOf(() => raw.run(batches)),
    ours: await costOf(() => ours.run(faces)),
  });
}
const facts = ours.pool.facts.networks[0]!;
await ours.close();
await raw.close();

console.log(`${machineLine()}: ${manifest.name}, batch ${batch}, ${threads} threads, ${rounds.length} rounds of ${faces} faces

| | faces/s | CPU ms a face |
|---|---|---|
${row('ONNX Runtime alone', 'raw')}
${row(`the embedder's path on ${facts.engine}, ${facts.device}`, 'ours')}
| the path's share of ONNX Runtime's speed | ${share('seconds')} | ${share('cpuSeconds')} |

Medians of the rounds; lowest and highest in brackets. CPU time varies less if other processes use the machine.
${facts.runtime}`);

/** Cost of all faces of one round. */
interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function costOf(run: () => Promise<void>): Promise<Cost> {
  const start = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1e3, cpuSeconds: (user + system) / 1e6 };
}

function row(name: string, side: 'raw' | 'ours'): string {
  const facesPerSecond = faces / median(rounds.map((round) => round[side].seconds));
  const cpu = (1e3 * median(rounds.map((round) => round[side].cpuSeconds))) / faces;
  return `| ${name} | ${facesPerSecond.toFixed(1)} | ${cpu.toFixed(1)} |`;
}

function share(cost: keyof Cost): string {
  const ratios = rounds.map((round) => round.raw[cost] / round.ours[cost]);
  const [middle, lowest, highest] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map(
    (ratio) => `${(100 * ratio).toFixed(1)} %`,
  );
  return `${middle!} (${lowest!} to ${highest!})`;
}
