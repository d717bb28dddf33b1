import { Logger } from '@nestjs/common';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Gauge } from 'prom-client';
import { z } from 'zod';
import { registers } from '#shared/platform/observability/metrics.js';

/** The values to query from nvidia-smi, in this order. */
const GPU_FIELDS = ['index', 'memory.used', 'memory.total', 'utilization.gpu'] as const;

const MEBIBYTE = 1024 ** 2;

/** The driver prints `[N/A]` or `[Not Supported]` for an unknown value: a slice of a GPU has no utilisation. */
const numberOrUnknown = z
  .string()
  .transform((text) => (text.startsWith('[') ? null : Number(text)))
  .pipe(z.number().nonnegative().nullable());

const lineSchema = z.tuple([
  z.string().regex(/^\d+$/),
  numberOrUnknown,
  numberOrUnknown,
  numberOrUnknown,
]);

/** Null: the driver does not know the value. */
interface GpuReport {
  readonly gpu: string;
  /** Bytes. */
  readonly used: number | null;
  /** Bytes. */
  readonly total: number | null;
  /** Share of the last sampling period in which something ran, 0 to 1. */
  readonly utilisation: number | null;
}

/**
 * @param text of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`: MiB and per cent
 * @throws ZodError
 */
export function parseGpuReport(text: string): GpuReport[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [gpu, used, total, percent] = lineSchema.parse(line.split(',').map((it) => it.trim()));
      const bytes = (mebibytes: number | null) => mebibytes && mebibytes * MEBIBYTE;
      return { gpu, used: bytes(used), total: bytes(total), utilisation: percent && percent / 100 };
    });
}

/** How long a scrape waits for the driver, milliseconds. */
const TIMEOUT_MS = 2_000;
/** How long an answer is reused, so that the three gauges of one scrape share it. Milliseconds. */
const FRESH_MS = 1_000;
/** Pause after a failed query, milliseconds. */
const RETRY_MS = 300_000;

const run = promisify(execFile);

/** Memory and utilisation of the GPUs that this process sees, read from the driver at each scrape. */
export function addGpuMetrics(): void {
  const report = gpuReports();
  const perGpu = (name: string, help: string, read: (gpu: GpuReport) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['gpu'],
      registers,
      async collect() {
        const gpus = await report();
        this.reset();
        for (const gpu of gpus) {
          const value = read(gpu);
          if (value !== null) this.set({ gpu: gpu.gpu }, value);
        }
      },
    });
  perGpu('sightline_gpu_memory_used_bytes', 'Used memory of a GPU.', ({ used }) => used);
  perGpu('sightline_gpu_memory_total_bytes', 'Total memory of a GPU.', ({ total }) => total);
  perGpu(
    'sightline_gpu_utilisation_ratio',
    'Share of the time in which a GPU was busy.',
    ({ utilisation }) => utilisation,
  );
}

/** Without nvidia-smi there are no values, and it is not tried again. */
function gpuReports(): () => Promise<readonly GpuReport[]> {
  let answer: Promise<readonly GpuReport[]> = Promise.resolve([]);
  let askedAt = -Infinity;
  const ask = async () => {
    const args = [`--query-gpu=${GPU_FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
    try {
      return parseGpuReport((await run('nvidia-smi', args, { timeout: TIMEOUT_MS })).stdout);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      askedAt = isMissing ? Infinity : performance.now() + RETRY_MS;
      if (!isMissing) new Logger('metrics').warn(`GPU metrics are unavailable: ${String(error)}`);
      return [];
    }
  };
  return () => {
    if (performance.now() - askedAt > FRESH_MS) {
      askedAt = performance.now();
      answer = ask();
    }
    return answer;
  };
}
