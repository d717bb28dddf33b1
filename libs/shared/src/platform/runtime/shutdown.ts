import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** A part of the process that must know at once when shutdown begins, before Nest's hooks run in their order. */
export interface ShutdownParticipant {
  /** Takes no new work; work in progress continues. */
  stopTaking?(): void;
  /** Whether work in progress cannot finish now, because a dependency is unavailable. */
  isCutOff?(): boolean;
  /** Called after the time limit: returns work in progress to its queue, so that another process takes it at once. */
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

  /** @param timeoutMs work that is not returned by then is taken over when its lock expires */
  async handBack(timeoutMs: number): Promise<void> {
    const all = Promise.allSettled([...this.all].map(async (one) => one.handBack?.()));
    await Promise.race([all, sleep(timeoutMs)]);
  }
}

/** One per process, because signals are: a watchdog that finds a hanging thread ends the process without Nest. */
export const shutdownParticipants = new ShutdownParticipants();

const HAND_BACK_MS = 1_000;

/**
 * Returns work in progress to its queue and kills the process. `process.exit` would wait for threads, and one
 * of them may hang.
 */
export async function endAtOnce(): Promise<void> {
  shutdownParticipants.stopTaking();
  await shutdownParticipants.handBack(HAND_BACK_MS);
  process.kill(process.pid, 'SIGKILL');
}

/** Time limit after an uncaught exception: a process in an unknown state must not work for long. */
const BROKEN_LIMIT_MS = 5_000;
/** How long to wait for an unavailable Redis: no work can finish without it. */
const CUT_OFF_LIMIT_MS = 5_000;
const CUT_OFF_CHECK_MS = 250;

interface OrderlyShutdown {
  /** Takes no new work, finishes work in progress, closes everything. */
  readonly close: () => Promise<void>;
  /** Time limit, milliseconds. */
  readonly limitMs: number;
}

/**
 * How a process ends. SIGTERM or SIGINT: in order, exit code 0; further signals change nothing. An uncaught
 * exception: the same in less time, exit code 1. When the time limit has passed, or Redis stays unavailable,
 * work in progress returns to its queue and the process kills itself.
 */
export class Shutdown {
  private readonly logger: Logger;
  private orderly: OrderlyShutdown | null = null;
  private exitCode: number | null = null;

  constructor(name: string) {
    this.logger = new Logger(name);
    process.on('SIGTERM', (signal) => this.stop(signal));
    process.on('SIGINT', (signal) => this.stop(signal));
    process.on('uncaughtException', (error, origin) => this.breakDown(error, origin));
  }

  /** From now on there may be work in progress. Before this call a signal ends the process at once. */
  arm(orderly: OrderlyShutdown): void {
    this.orderly = orderly;
  }

  get begun(): boolean {
    return this.exitCode !== null;
  }

  /** @param reason a signal, or why the process must end */
  stop(reason: string): void {
    if (this.begun) return;
    this.logger.log(`${reason}: finishing work in progress`);
    this.begin(0, Infinity);
  }

  private breakDown(error: unknown, origin: string): void {
    this.logger.fatal(`${origin}: ${describe(error)}`);
    if (this.begun) this.exitCode = 1;
    else this.begin(1, BROKEN_LIMIT_MS);
  }

  private begin(exitCode: number, maxMs: number): void {
    this.exitCode = exitCode;
    if (!this.orderly) process.exit(exitCode);
    const limitMs = Math.min(this.orderly.limitMs, maxMs);
    setTimeout(() => void this.giveUp(`not done after ${limitMs} ms`), limitMs).unref();
    this.watchCutOff();
    this.orderly.close().then(
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
      void this.giveUp('Redis is unavailable');
    }, CUT_OFF_CHECK_MS);
    timer.unref();
  }

  private async giveUp(reason: string): Promise<void> {
    this.logger.error(`${reason}; work in progress returns to its queue`);
    await endAtOnce();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
