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
    workingSide: settings.WORKING_SIDE,
    pixelMemory: settings.PIXEL_MEMORY_BYTES,
    decodeMemory: settings.DECODE_MEMORY_BYTES,
  },
  () => 2,
);

/** Highest resident memory since the last call, in bytes. */
function peak(): number {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))!;
  writeFileSync('/proc/self/clear_refs', '5');
  return Number(kib) * 1024;
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
  const before = process.memoryUsage.rss();
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
