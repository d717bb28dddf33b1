import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

const ROTATE_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;
const TAIL_LINES = 12;

/** Log of one child process, appended to across restarts; one older file is kept. */
export class LogFile {
  /** Where the current run's output begins. */
  private start = 0;

  constructor(readonly file: string) {}

  /** A descriptor for the child to write to; the caller closes it once the child has it. */
  open(): number {
    mkdirSync(path.dirname(this.file), { recursive: true });
    if (this.size() > ROTATE_BYTES) renameSync(this.file, `${this.file}.1`);
    this.start = this.size();
    return openSync(this.file, 'a', 0o600);
  }

  /** Last lines of the current run. */
  tail(): string {
    const size = this.size();
    const from = Math.max(this.start, size - TAIL_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    if (bytes.length === 0) return '';
    const descriptor = openSync(this.file, 'r');
    try {
      readSync(descriptor, bytes, 0, bytes.length, from);
    } finally {
      closeSync(descriptor);
    }
    return bytes.toString().trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }

  private size(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }
}
