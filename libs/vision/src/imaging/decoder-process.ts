import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type DecodeReply, type DecodeRequest } from './decoder-messages.js';
import { type Size } from './geometry.js';
import { imageError, type ImageErrorCode } from './image-limits.js';
import { type CheckedImage } from './inspect-image.js';
import { type PictureHeader } from './sharp-codec.js';

const PROGRAM = fileURLToPath(new URL('./decoder.process.js', import.meta.url));
/** No secrets of the service, and no settings that change how a Node process starts. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
/** Unit of the times in /proc. */
const MS_PER_TICK = 10;
/** A process that gets no CPU time for this many times the limit is ended as well. */
const MAX_WAIT = 10;
/** A process that is not used for this time is ended, milliseconds. */
const IDLE_MS = 60_000;

interface Pending {
  readonly resolve: (reply: Exclude<DecodeReply, { kind: 'failed' }>) => void;
  readonly reject: (error: unknown) => void;
}

/** One decoder process. It works on one image at a time. */
export class DecoderProcess {
  private readonly child: ChildProcess;
  private pending: Pending | undefined;
  private timer: NodeJS.Timeout | undefined;
  private askedAt = 0;
  /** Whether it can take another image. */
  usable = true;

  /**
   * @param timeoutMs maximum CPU time for the header and for the pixels of an image, each
   * @param onEnd called once, when the process has ended
   */
  constructor(
    private readonly timeoutMs: number,
    onEnd: () => void,
  ) {
    this.child = fork(PROGRAM, { serialization: 'advanced', execArgv: [], env: ENVIRONMENT });
    this.child.on('message', (reply: DecodeReply) => this.receive(reply));
    this.child.on('error', (error) => this.end(crashed(error.message)));
    this.child.once('exit', (code, signal) => {
      this.end(crashed(`it ended with ${signal ?? `code ${code}`}`));
      onEnd();
    });
    this.rest();
  }

  /** @throws PipelineError IMAGE_TRUNCATED, IMAGE_DAMAGED or IMAGE_TOO_SLOW; DECODER_CRASHED (retry) */
  async header({ bytes, format }: CheckedImage): Promise<PictureHeader> {
    const reply = await this.ask({ kind: 'header', bytes, format });
    if (reply.kind !== 'header') throw crashed('it answered another question');
    return reply.header;
  }

  /**
   * Pixels of the image whose header was read last.
   * @throws PipelineError like `header`
   */
  async pixels(size: Size, isStrict: boolean): Promise<Uint8Array> {
    const reply = await this.ask({ kind: 'pixels', size, isStrict });
    if (reply.kind !== 'pixels') throw crashed('it answered another question');
    if (reply.retire) this.end();
    return reply.pixels;
  }

  /** Ends the process at once; what it works on fails with `reason`. */
  end(reason = crashed('it was ended')): void {
    this.usable = false;
    clearTimeout(this.timer);
    this.pending?.reject(reason);
    this.pending = undefined;
    this.child.kill('SIGKILL');
  }

  private async ask(request: DecodeRequest): Promise<Exclude<DecodeReply, { kind: 'failed' }>> {
    if (!this.usable) throw crashed('it has ended');
    clearTimeout(this.timer);
    this.askedAt = performance.now();
    this.watch(this.cpuMs(), this.timeoutMs);
    this.child.ref();
    this.child.channel?.ref();
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.child.send(request, (error) => error && this.end(crashed(error.message)));
    });
  }

  /** Ends the process when it has computed for too long. On a busy machine the same work takes longer. */
  private watch(startMs: number | null, leftMs: number): void {
    this.timer = setTimeout(() => {
      const now = this.cpuMs();
      const left = now === null || startMs === null ? 0 : startMs + this.timeoutMs - now;
      if (left <= 0 || performance.now() - this.askedAt > MAX_WAIT * this.timeoutMs) {
        this.end(tooSlow(this.timeoutMs));
      } else {
        this.watch(startMs, left);
      }
    }, leftMs);
  }

  /** CPU time of the process, milliseconds; null where the system does not say. */
  private cpuMs(): number | null {
    try {
      const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
      // The name of the program is in brackets and may contain spaces. User and system time follow.
      const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14);
      return (Number(user) + Number(system)) * MS_PER_TICK;
    } catch {
      return null;
    }
  }

  private receive(reply: DecodeReply): void {
    const pending = this.pending;
    this.pending = undefined;
    clearTimeout(this.timer);
    if (this.usable) this.rest();
    if (reply.kind === 'failed') pending?.reject(failure(reply.code, reply.message));
    else pending?.resolve(reply);
  }

  /** Without work it neither keeps the service alive nor stays for long. */
  private rest(): void {
    this.child.unref();
    this.child.channel?.unref();
    this.timer = setTimeout(() => this.end(), IDLE_MS).unref();
  }
}

function failure(code: string, message: string): PipelineError {
  if (code.startsWith('IMAGE_')) return imageError(code as ImageErrorCode, message);
  return crashed(`${code}: ${message}`);
}

function crashed(reason: string): PipelineError {
  return new PipelineError('DECODER_CRASHED', `the decoder process failed: ${reason}; try again`, {
    stage: 'decode',
    class: 'retry',
    httpStatus: 503,
  });
}

function tooSlow(timeoutMs: number): PipelineError {
  return imageError(
    'IMAGE_TOO_SLOW',
    `decoding took more than ${timeoutMs} ms of CPU time (DECODE_TIMEOUT_MS); save the picture as a JPEG, or raise the limit and replay the dead letter`,
  );
}
