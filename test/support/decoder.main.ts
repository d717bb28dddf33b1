import { readFileSync, writeFileSync } from 'node:fs';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ImageDecoder } from '#vision/imaging/image-decoder.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { type DecodeEnd, type DecodeReply } from './decoder-process.js';

// Decodes the files it is sent, one at a time, by the settings that the embedder has unless told.
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

/** Most memory since the last call, bytes resident. */
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
