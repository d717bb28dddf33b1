import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { type Readable } from 'node:stream';

const MAX_BYTES = 20 * 1024 * 1024;
/** Old files beside the current one: `NAME.log.1` is the newest. */
const OLD_FILES = 3;
const TAIL_CHARACTERS = 8 * 1024;
const TAIL_LINES = 12;

interface LogOptions {
  /** Gets a message when the log cannot be written, once until it can be written again. */
  readonly report?: (message: string) => void;
  readonly maxBytes?: number;
}

/**
 * Log file of a child process, whose output the launcher reads and writes here. A file that has reached 20 MiB is
 * renamed, and three old files are kept. A disk without room loses lines and stops nothing.
 */
export class LogFile {
  private descriptor: number | null = null;
  private size = 0;
  private recent = '';
  /** Bytes that could not be written since the last success. */
  private lost = 0;

  constructor(
    readonly file: string,
    private readonly options: LogOptions = {},
  ) {}

  /** Forgets the last lines of an earlier run. */
  beginRun(): void {
    this.recent = '';
  }

  collect(output: Readable): void {
    output.on('data', (chunk: Buffer) => this.write(chunk));
    output.on('error', () => undefined);
  }

  /** The last lines that the current run wrote. */
  tail(): string {
    return this.recent.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }

  private write(chunk: Buffer): void {
    this.recent = (this.recent + chunk.toString()).slice(-TAIL_CHARACTERS);
    try {
      const descriptor = this.open(chunk.length);
      if (this.lost > 0) this.append(descriptor, Buffer.from(`(${this.lost} bytes were lost)\n`));
      this.lost = 0;
      this.append(descriptor, chunk);
    } catch (error) {
      if (this.lost === 0) {
        const reason = (error as Error).message;
        this.options.report?.(`cannot write ${this.file}, its lines are lost: ${reason}`);
      }
      this.lost += chunk.length;
      this.close();
    }
  }

  /** @param more bytes that will be written */
  private open(more: number): number {
    const { maxBytes = MAX_BYTES } = this.options;
    if (this.descriptor !== null && this.size + more > maxBytes) this.close();
    if (this.descriptor !== null) return this.descriptor;
    mkdirSync(path.dirname(this.file), { recursive: true });
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    const isFull = size > 0 && size + more > maxBytes;
    if (isFull) this.rotate();
    this.size = isFull ? 0 : size;
    this.descriptor = openSync(this.file, 'a', 0o600);
    return this.descriptor;
  }

  private append(descriptor: number, bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    this.size += bytes.length;
  }

  private rotate(): void {
    for (let age = OLD_FILES; age >= 1; age--) {
      const newer = age === 1 ? this.file : `${this.file}.${age - 1}`;
      if (statSync(newer, { throwIfNoEntry: false })) renameSync(newer, `${this.file}.${age}`);
    }
  }

  private close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}
