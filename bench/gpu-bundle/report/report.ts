import { type Machine } from '../machine/describe-machine.js';
import { type CeilingResult } from '../measuring/job.js';
import { type NetworkCost } from '../networks/network-cost.js';
import { type ProviderResult } from './provider-result.js';

/** All that a run of the bench found, as its JSON has it. */
export interface Report {
  readonly machine: Machine;
  readonly seconds: number;
  /** Of FaceNet-512, for one face. */
  readonly network: NetworkCost;
  /** On what the run was set up with. */
  readonly notes: readonly string[];
  readonly results: readonly ProviderResult[];
}

interface Rates {
  readonly facesPerSecond: number;
  /** Without copying pixels to the device. */
  readonly residentFacesPerSecond: number;
  /** FLOP/s and bytes/s that FaceNet needs at that rate, and their shares of the device's ceilings. */
  readonly flops: number;
  readonly flopsShare: number | null;
  readonly bytes: number;
  readonly bytesShare: number | null;
}

/** What a batch comes to; shares are of the best the same provider did at the same precision. */
export function rates(
  { batch, copied, resident }: ProviderResult['batches'][number],
  { precision, ceilings }: ProviderResult,
  { flop, moved, weights }: NetworkCost,
): Rates {
  const perSecond = (name: string) =>
    ceilings.find((ceiling) => ceiling.name === name)?.perSecond ?? 0;
  const seconds = resident.medianMs / 1000;
  const flops = (flop * batch) / seconds;
  const bytes = ((moved * batch + weights) * (precision === 'fp16' ? 2 : 4)) / seconds;
  return {
    facesPerSecond: (batch / copied.medianMs) * 1000,
    residentFacesPerSecond: batch / seconds,
    flops,
    flopsShare: share(flops, Math.max(perSecond('matmul'), perSecond('conv'))),
    bytes,
    bytesShare: share(bytes, perSecond('memory')),
  };
}

function share(value: number, ceiling: number): number | null {
  return ceiling === 0 ? null : value / ceiling;
}

const CEILING_NAMES = { matmul: 'matrix product', conv: 'convolution', memory: 'memory' } as const;

export function markdownReport(report: Report): string {
  const { machine, network, notes, results } = report;
  const gpus = machine.gpus.map(
    ({ name, driver, memoryMib }) => `${name}, ${memoryMib} MiB, driver ${driver}`,
  );
  return [
    '# Sightline GPU bench',
    '',
    `- ${machine.processor}, ${machine.cores} cores, ${machine.memoryGib} GiB; ${machine.system}, kernel ${machine.kernel}, glibc ${machine.glibc}`,
    `- GPUs that nvidia-smi knows: ${gpus.length === 0 ? 'none' : gpus.join('; ')}`,
    `- Node ${machine.node}, ONNX Runtime ${machine.onnxRuntime}`,
    `- FaceNet-512 with generated weights: ${(network.flop / 1e9).toFixed(3)} GFLOP a face; ${report.seconds} s a figure`,
    ...notes.map((note) => `- ${note}`),
    '',
    ...results.flatMap((result) => section(result, report)),
  ].join('\n');
}

function section(result: ProviderResult, report: Report): string[] {
  const { provider, precision, device, failure } = result;
  const title = `## ${provider}, ${precision}${device ? `: ${device}` : ''}`;
  const lines = [
    ...result.warnings.map((warning) => `- **${warning}**`),
    ...(failure === null
      ? []
      : [`- **${result.batches.length === 0 ? 'not measured' : 'broke off'}: ${failure}**`]),
    ...result.skipped.map((reason) => `- left out: ${reason}`),
  ];
  if (result.batches.length === 0) return [title, '', ...lines, ''];
  return [title, '', ...facts(result), ...lines, '', ...table(result, report), ''];
}

function facts({ nodes, nodeShare, agreement, ceilings, peakMemoryMib, gpu }: ProviderResult) {
  const total = Object.values(nodes).reduce((sum, count) => sum + count, 0);
  return [
    `- ${percent(nodeShare)} of ${total} nodes ran on the provider; cosine to the CPU's fp32 embedding ${agreement?.toFixed(6) ?? '–'}`,
    `- ceilings: ${ceilings.length === 0 ? 'none measured' : ceilings.map(ceilingText).join(', ')}`,
    `- peak memory ${peakMemoryMib ?? '–'} MiB` +
      (gpu ? `; card ${gpu.peakMemoryMib} MiB, busy up to ${percent(gpu.peakUtilisation)}` : ''),
  ];
}

function ceilingText({ name, perSecond, size }: CeilingResult): string {
  const value =
    name === 'memory'
      ? `${significant(perSecond / 1e9)} GB/s`
      : `${significant(perSecond / 1e12)} TFLOP/s`;
  return `${CEILING_NAMES[name]} ${value} (size ${size})`;
}

function table(result: ProviderResult, { network }: Report): string[] {
  return [
    '| faces a run | ms a run | faces/s | faces/s, pixels on the device | TFLOP/s | of the ceiling | GB/s | of the ceiling | spread |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...result.batches.map((batch) => {
      const of = rates(batch, result, network);
      const cells = [
        batch.batch,
        significant(batch.copied.medianMs),
        significant(of.facesPerSecond),
        significant(of.residentFacesPerSecond),
        significant(of.flops / 1e12),
        percent(of.flopsShare),
        significant(of.bytes / 1e9),
        percent(of.bytesShare),
        percent(batch.copied.spread),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`;
}

/** Three digits: no figure here is better than that. */
function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
