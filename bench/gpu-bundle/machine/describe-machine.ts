import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { env } from 'onnxruntime-node';
import { z } from 'zod';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly kernel: string;
  readonly glibc: string;
  readonly node: string;
  readonly onnxRuntime: string;
  readonly gpus: readonly Gpu[];
}

const reportSchema = z.object({ header: z.object({ glibcVersionRuntime: z.string() }) });

export async function describeMachine(): Promise<Machine> {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: await systemName(),
    kernel: release(),
    glibc: reportSchema.parse(process.report.getReport()).header.glibcVersionRuntime,
    node: process.versions.node,
    onnxRuntime: env.versions.node ?? 'unknown',
    gpus: await listGpus(),
  };
}

async function systemName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? 'Linux';
}

interface Gpu {
  readonly name: string;
  readonly driver: string;
  readonly memoryMib: number;
}

export interface GpuUse {
  /** Memory use of all processes on the card. */
  readonly peakMemoryMib: number;
  /** Highest share of time in which a kernel ran. */
  readonly peakUtilisation: number;
}

const SAMPLE_MS = 200;

/** NVIDIA cards from nvidia-smi. Empty if nvidia-smi is not installed. */
async function listGpus(): Promise<Gpu[]> {
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

/** Measures the use of the first card. @returns a function that stops it and returns the result, null without data */
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

/** @param output lines of `MiB, percent`; the last one may be incomplete */
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
