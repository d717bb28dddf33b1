import { parseArgs } from 'node:util';
import { z } from 'zod';
import { usageError } from '#shared/contracts/pipeline-error.js';

/** Execution providers of ONNX Runtime that this bench supports. */
const PROVIDERS = ['webgpu', 'cuda', 'tensorrt', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Precision of weights and activations. Pixels and embeddings are always float32. */
const PRECISIONS = ['fp32', 'fp16'] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface Options {
  readonly json: boolean;
  readonly help: boolean;
  readonly providers: readonly Provider[];
  readonly precisions: readonly Precision[];
  /** Ascending. */
  readonly batches: readonly number[];
  /** Measuring time of each figure. */
  readonly seconds: number;
  /** Folder with libonnxruntime_providers_{shared,cuda,tensorrt}.so. */
  readonly ortLibs: string | undefined;
  /** Whether providers were named. Then a provider that cannot be measured is a failure. */
  readonly providersNamed: boolean;
}

export const USAGE = `usage: run [options]

  --providers LIST   of webgpu, cuda, tensorrt, cpu (default: webgpu,cuda,cpu)
  --precisions LIST  of fp32, fp16 (default: both)
  --batches LIST     faces per run (default: 1,2,4,8,16,32,64,128,256)
  --seconds N        measuring time of each figure (default: 2)
  --ort-libs DIR     folder with ONNX Runtime's libonnxruntime_providers_*.so for cuda and tensorrt
  --json             prints JSON instead of Markdown
  --help`;

const list = z.string().transform((text) => text.split(',').map((part) => part.trim()));

const schema = z.object({
  providers: list.pipe(z.array(z.enum(PROVIDERS))),
  precisions: list.pipe(z.array(z.enum(PRECISIONS))),
  batches: list.pipe(z.array(z.coerce.number<string>().int().min(1).max(4096))),
  seconds: z.coerce.number().positive().max(600),
});

/** @throws PipelineError GPU_BENCH_OPTIONS */
export function parseOptions(args: readonly string[]): Options {
  const { values } = rawOptions(args);
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw optionsError(`--${String(issue?.path[0])}: ${issue?.message ?? 'invalid'}`);
  }
  if (!parsed.data.precisions.includes('fp32') && parsed.data.providers.every(isCpu)) {
    throw optionsError('the cpu provider computes in fp32 only');
  }
  return {
    ...parsed.data,
    providers: unique(parsed.data.providers),
    precisions: unique(parsed.data.precisions),
    batches: unique(parsed.data.batches).sort((a, b) => a - b),
    json: values.json,
    help: values.help,
    ortLibs: values['ort-libs'],
    providersNamed: args.some((arg) => arg.startsWith('--providers')),
  };
}

function rawOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        providers: { type: 'string', default: 'webgpu,cuda,cpu' },
        precisions: { type: 'string', default: 'fp32,fp16' },
        batches: { type: 'string', default: '1,2,4,8,16,32,64,128,256' },
        seconds: { type: 'string', default: '2' },
        'ort-libs': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw optionsError(error instanceof Error ? error.message : String(error));
  }
}

function optionsError(problem: string) {
  return usageError('GPU_BENCH_OPTIONS', `${problem}\n\n${USAGE}`);
}

function isCpu(provider: Provider): boolean {
  return provider === 'cpu';
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
