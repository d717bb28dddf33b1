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
