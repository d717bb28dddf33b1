/**
 * A process that decodes images whose cost is not known before: it can be killed, which a thread in a native
 * library cannot. The parent sends a file, gets its size, and then asks for its pixels or sends another file.
 */
import { toPipelineError } from '#shared/contracts/pipeline-error.js';
import { decodePicture, readPictureHeader } from './codec.js';
import { type DecodeReply, type DecodeRequest } from './decoder-messages.js';
import { type DecodedFormat } from './inspect-image.js';
import { harden } from './sharp-codec.js';

/** A WebAssembly memory never becomes smaller: a larger process is replaced. Bytes. */
const MAX_IDLE_BYTES = 512 * 1024 ** 2;

let current: { readonly bytes: Buffer; readonly format: DecodedFormat } | undefined;

async function answer(request: DecodeRequest): Promise<DecodeReply> {
  try {
    if (request.kind === 'header') {
      const { format } = request;
      // Arrives as a copy of this process, which nothing else uses.
      const bytes = Buffer.from(
        request.bytes.buffer,
        request.bytes.byteOffset,
        request.bytes.length,
      );
      current = { bytes, format };
      return { kind: 'header', header: await readPictureHeader(bytes, format) };
    }
    const { bytes, format } = current!;
    current = undefined;
    const pixels = await decodePicture(bytes, format, request.size, request.isStrict);
    return { kind: 'pixels', pixels, retire: process.memoryUsage.rss() > MAX_IDLE_BYTES };
  } catch (error) {
    const { code, message } = toPipelineError(error, 'decode');
    return { kind: 'failed', code, message };
  }
}

harden();
process.on('message', (request: DecodeRequest) => {
  void answer(request).then((reply) => process.send!(reply));
});
process.on('disconnect', () => process.exit(0));
