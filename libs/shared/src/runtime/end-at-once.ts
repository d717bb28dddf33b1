import { shutdownParticipants } from './shutdown-participants.js';

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
