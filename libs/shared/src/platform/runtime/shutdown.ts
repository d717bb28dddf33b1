import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** A part of the process that has to know when it shuts down, at once and whatever order the rest ends in. */
export interface ShutdownParticipant {
  /** Takes no more work; what is in hand goes on. */
  stopTaking?(): void;
  /** Whether what is in hand cannot be finished now, because what it stands on is away. */
  isCutOff?(): boolean;
  /** The time is over: puts what is in hand back to where it came from, for another process to take at once. */
  handBack?(): Promise<void>;
}

class ShutdownParticipants {
  private readonly all = new Set<ShutdownParticipant>();

  add(participant: ShutdownParticipant): void {
    this.all.add(participant);
  }

  remove(participant: ShutdownParticipant): void {
    this.all.delete(participant);
  }

  stopTaking(): void {
    for (const participant of this.all) participant.stopTaking?.();
  }

  get cutOff(): boolean {
    return [...this.all].some((participant) => participant.isCutOff?.());
  }

  /** @param timeoutMs after it, what is left comes back when its locks run out */
  async handBack(timeoutMs: number): Promise<void> {
    const all = Promise.allSettled([...this.all].map(async (one) => one.handBack?.()));
    await Promise.race([all, sleep(timeoutMs)]);
  }
}

/** One per process, as signals are. */
export const shutdownParticipants = new ShutdownParticipants();

const HAND_BACK_MS = 1_000;

/**
 * Puts what is in hand back and kills the process. `process.exit` would wait for threads, and what hangs
 * may hang in one.
 */
export async function endAtOnce(): Promise<void> {
  shutdownParticipants.stopTaking();
  await shutdownParticipants.handBack(HAND_BACK_MS);
  process.kill(process.pid, 'SIGKILL');
}

/** What is left of a broken process may do harm: it gets less time than one that is asked to end. */
const BROKEN_LIMIT_MS = 5_000;
/** Without Redis no work can be finished; this long it may take to come back. */
const CUT_OFF_LIMIT_MS = 5_000;
const CUT_OFF_CHECK_MS = 250;

interface OrderlyEnd {
  /** Takes no new work, finishes what is in hand, closes everything. */
  readonly close: () => Promise<void>;
  /** Longest time for it, milliseconds. */
  readonly limitMs: number;
}

/**
 * How a process ends. SIGTERM or SIGINT: in order, exit code 0; further signals change nothing. An
 * exception that nobody caught: likewise in less time, exit code 1. What is still in hand when the time is
 * over, or Redis stays away, goes back to its queue, and the process kills itself.
 */
export class Shutdown {
  private readonly logger: Logger;
  private end: OrderlyEnd | null = null;
  private exitCode: number | null = null;

  constructor(name: string) {
    this.logger = new Logger(name);
    process.on('SIGTERM', (signal) => this.stop(signal));
    process.on('SIGINT', (signal) => this.stop(signal));
    process.on('uncaughtException', (error, origin) => this.breakDown(error, origin));
  }

  /** From now on there may be work in hand. Until then there is none, and a signal ends the process at once. */
  arm(end: OrderlyEnd): void {
    this.end = end;
  }

  get begun(): boolean {
    return this.exitCode !== null;
  }

  private stop(signal: NodeJS.Signals): void {
    if (this.begun) return;
    this.logger.log(`${signal}: finishing what is in hand`);
    this.begin(0, Infinity);
  }

  private breakDown(error: unknown, origin: string): void {
    this.logger.fatal(`${origin}: ${describe(error)}`);
    if (this.begun) this.exitCode = 1;
    else this.begin(1, BROKEN_LIMIT_MS);
  }

  private begin(exitCode: number, mostMs: number): void {
    this.exitCode = exitCode;
    if (!this.end) process.exit(exitCode);
    const limitMs = Math.min(this.end.limitMs, mostMs);
    setTimeout(() => void this.giveUp(`not done after ${limitMs} ms`), limitMs).unref();
    this.watchCutOff();
    this.end.close().then(
      () => process.exit(this.exitCode),
      (error: unknown) => {
        this.logger.error(error);
        process.exit(1);
      },
    );
  }

  private watchCutOff(): void {
    let since = Infinity;
    const timer = setInterval(() => {
      since = shutdownParticipants.cutOff ? Math.min(since, Date.now()) : Infinity;
      if (Date.now() - since < CUT_OFF_LIMIT_MS) return;
      clearInterval(timer);
      void this.giveUp('Redis is away');
    }, CUT_OFF_CHECK_MS);
    timer.unref();
  }

  private async giveUp(reason: string): Promise<void> {
    this.logger.error(`${reason}; what is left goes back to the queue`);
    await endAtOnce();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
