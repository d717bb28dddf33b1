import { z } from 'zod';

/** What nvidia-smi is asked for, in this order. */
export const GPU_FIELDS = ['index', 'memory.used', 'memory.total', 'utilization.gpu'] as const;

const MEBIBYTE = 1024 ** 2;

/** A driver that does not know a value says `[N/A]` or `[Not Supported]`: a slice of a GPU has no utilisation. */
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

/** Null for what the driver does not know. */
export interface GpuReport {
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
