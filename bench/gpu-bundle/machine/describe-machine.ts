import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { env } from 'onnxruntime-node';
import { z } from 'zod';
import { listGpus, type Gpu } from './gpus.js';

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
