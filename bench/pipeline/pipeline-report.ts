import { fixedPercent, mean } from '../support/figures.js';
import { type RunResult } from './run-contender.js';
import { type PipelineRun } from './run-pipeline.js';

interface BenchResults {
  readonly machine: string;
  /** The model path, one image after the other. */
  readonly loop: RunResult;
  /** The model path with batches on all cores, before and after the run of the pipeline. */
  readonly batched: readonly RunResult[];
  readonly pipeline: PipelineRun;
  readonly rival: RunResult;
}

/** The figures of one bench run as Markdown. */
export function pipelineReport({ machine, loop, batched, pipeline, rival }: BenchResults): string {
  const batchedRate = mean(batched.map(imagesPerSecond));
  const rate = imagesPerSecond(pipeline);
  const row = (name: string, run: RunResult) =>
    `| ${name} | ${run.images} | ${imagesPerSecond(run).toFixed(1)} | ${(run.faces / run.seconds).toFixed(1)} | ${(rate / imagesPerSecond(run)).toFixed(2)} × |`;
  return [
    machine,
    '',
    '| | images | images/s | faces/s | pipeline against it |',
    '|---|---|---|---|---|',
    row('pipeline', pipeline),
    row('model path, plain loop', loop),
    ...batched.map((run, index) =>
      row(`model path, batched, ${index === 0 ? 'before' : 'after'}`, run),
    ),
    row('face-api on TF.js WASM', rival),
    '',
    `pipeline / model path in a plain loop: ${fixedPercent(rate / imagesPerSecond(loop))}`,
    `pipeline / model path batched (mean of both): ${fixedPercent(rate / batchedRate)}`,
    `pipeline / face-api: ${(rate / imagesPerSecond(rival)).toFixed(1)} ×`,
    '',
    ...stageLines(pipeline),
    '',
    `longest event-loop gap of the embedder: ${pipeline.embedder.longestEventLoopGapMs.toFixed(1)} ms`,
    `peak memory, MiB: ${Object.entries(pipeline.memory)
      .map(([name, mib]) => `${name} ${mib}`)
      .join(', ')}`,
  ].join('\n');
}

/** Stages overlap, so the shares are of the work of all stages, not of the elapsed time. */
function stageLines({ embedder }: PipelineRun): string[] {
  const { networks } = embedder;
  const { detect, landmarks, embed } = networks;
  const stages = {
    fetch: embedder.fetchMs,
    decode: embedder.decodeMs,
    'resize and align': detect.prepareMs + landmarks.prepareMs + embed.prepareMs,
    'detect network': detect.networkMs,
    'landmark network': landmarks.networkMs,
    'embedding network': embed.networkMs,
  };
  const total = Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  const shares = Object.entries(stages).map(([name, ms]) => `${name} ${fixedPercent(ms / total)}`);
  const batches = Object.entries(networks).map(
    ([name, { items, batches: count }]) => `${name} ${(items / Math.max(1, count)).toFixed(1)}`,
  );
  return [`share of the work by stage: ${shares.join(', ')}`, `mean batch: ${batches.join(', ')}`];
}

function imagesPerSecond(run: RunResult): number {
  return run.images / run.seconds;
}
