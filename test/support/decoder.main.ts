import { readFileSync, writeFileSync } from 'node:fs';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ImageDecoder } from '#vision/imaging/image-decoder.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { type DecodeEnd, type DecodeReply } from './decoder-process.js';

// Decodes the files that it receives, one at a time, with the default settings of the embedder.
const settings = inferenceConfigSchema.parse({ MODELS_DIR: '/' });
const decoder = new ImageDecoder(
  {
    maxBytes: settings.MAX_IMAGE_BYTES,
    maxPixels: Number(process.env.MAX_IMAGE_PIXELS ?? settings.MAX_IMAGE_PIXELS),
    maxFrames: settings.MAX_IMAGE_FRAMES,
    maxPixelScans: settings.MAX_IMAGE_PIXEL_SCANS,
    workingSide: settings.WORKING_SIDE,
    pixelMemory: settings.PIXEL_MEMORY_BYTES,
    decodeMemory: settings.DECODE_MEMORY_BYTES,
    decoders: 1,
    decodeTimeoutMs: settings.DECODE_TIMEOUT_MS,
  },
  () => 2,
);

/** This process, and the decoder processes that it has. */
function processes(): string[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ');
  return ['self', ...children.filter((id) => id !== '')];
}

/** A number of kB in the status of a process, in bytes; 0 when the process has ended. */
function memoryOf(id: string, field: 'VmHWM' | 'VmRSS'): number {
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    return 1024 * Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function sum(field: 'VmHWM' | 'VmRSS'): number {
  return processes().reduce((bytes, id) => bytes + memoryOf(id, field), 0);
}

/** Highest resident memory since the last call, in bytes. */
function peak(): number {
  const bytes = sum('VmHWM');
  for (const id of processes()) writeFileSync(`/proc/${id}/clear_refs`, '5');
  return bytes;
}

async function decode(bytes: Buffer): Promise<DecodeEnd> {
  try {
    return await decoder.withImage(bytes, ({ original: { width, height } }) =>
      Promise.resolve({ kind: 'decoded', width, height }),
    );
  } catch (error) {
    if (!(error instanceof PipelineError)) return { kind: 'unclassified', message: String(error) };
    const { code, message } = error;
    return { kind: 'failed', code, message, class: error.class };
  }
}

process.on('message', (bytes: Buffer) => {
  peak();
  const before = sum('VmRSS');
  const cpu = process.cpuUsage();
  void decode(bytes).then((end) => {
    const { user, system } = process.cpuUsage(cpu);
    const peakBytes = peak();
    const reply: DecodeReply = {
      end,
      cpuMs: (user + system) / 1_000,
      peakBytes,
      grownBytes: Math.max(0, peakBytes - before),
    };
    process.send!(reply);
  });
});
process.send!('ready');
