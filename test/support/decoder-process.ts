import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export type DecodeEnd =
  | { readonly kind: 'decoded'; readonly width: number; readonly height: number }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly class: string;
      readonly message: string;
    }
  /** An error that is not a PipelineError. */
  | { readonly kind: 'unclassified'; readonly message: string };

export interface DecodeReply {
  readonly end: DecodeEnd;
  readonly cpuMs: number;
  /** Highest resident memory during the decoding in bytes: of the process, and the growth. */
  readonly peakBytes: number;
  readonly grownBytes: number;
}

/** The decoder did not answer, because its process crashed or was killed after it hung. */
export class DecoderLost extends Error {}

/** A decoder in a separate process, so that a crash or a hang of native code is detected and ends only that process. */
export class DecoderProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<DecoderProcess> {
    const child = fork(path.join(import.meta.dirname, 'decoder.main.js'), {
      env: { PATH: process.env.PATH, ...settings },
      execArgv: [],
      serialization: 'advanced',
    });
    await once(child, 'message');
    return new DecoderProcess(child);
  }

  /** @throws DecoderLost if the process crashes, or takes longer than `timeoutMs` and is killed */
  async decode(bytes: Buffer, timeoutMs: number): Promise<DecodeReply> {
    let watchdog: NodeJS.Timeout | undefined;
    const ends = new AbortController();
    const signal = ends.signal;
    try {
      return await new Promise<DecodeReply>((resolve, reject) => {
        const lost = (reason: string) => reject(new DecoderLost(reason));
        watchdog = setTimeout(() => lost(`no answer within ${timeoutMs} ms`), timeoutMs);
        once(this.child, 'message', { signal }).then(
          ([reply]) => resolve(reply as DecodeReply),
          ignore,
        );
        once(this.child, 'exit', { signal }).then(
          ([code, by]) => lost(`exited with ${String(code ?? by)}`),
          ignore,
        );
        this.child.send(bytes);
      });
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      clearTimeout(watchdog);
      ends.abort();
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

function ignore(): void {
  // The other event came first and aborted this one.
}
