import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

export interface Gpu {
  readonly name: string;
  readonly driver: string;
  readonly memoryMib: number;
}

export interface GpuUse {
  /** Of the whole card, whoever took it. */
  readonly peakMemoryMib: number;
  /** Share of the time in which a kernel ran, at the busiest sample. */
  readonly peakUtilisation: number;
}

const SAMPLE_MS = 200;

/** NVIDIA cards as nvidia-smi lists them; none when there is no nvidia-smi. */
export async function listGpus(): Promise<Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      query('name,driver_version,memory.total'),
    );
    return rows(stdout).map(([name, driver, memory]) => ({
      name: name!,
      driver: driver!,
      memoryMib: Number(memory),
    }));
  } catch {
    return [];
  }
}

/** Watches the first card until told to stop; null when nothing could be read. */
export function watchGpu(): () => GpuUse | null {
  const args = [...query('memory.used,utilization.gpu'), `--loop-ms=${SAMPLE_MS}`, '--id=0'];
  const child = spawn('nvidia-smi', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.on('error', () => (output = ''));
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return () => {
    child.kill();
    return peakUse(output);
  };
}

/** @param output lines of `MiB, percent`; the last one may be cut off */
export function peakUse(output: string): GpuUse | null {
  const samples = rows(output).map((cells) => cells.map(Number));
  const whole = samples.filter((cells) => cells.length === 2 && cells.every(Number.isFinite));
  if (whole.length === 0) return null;
  return {
    peakMemoryMib: Math.max(...whole.map(([memory]) => memory!)),
    peakUtilisation: Math.max(...whole.map(([, percent]) => percent!)) / 100,
  };
}

function query(fields: string): string[] {
  return [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'];
}

function rows(output: string): string[][] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()));
}
