import { STANDALONE, type LauncherMessage } from '../../contracts/launcher-message.js';

/**
 * The IPC channel to the launcher that started this process. It closes when the launcher ends, however it ends.
 * A service that no launcher started has none, and each method does nothing.
 */
export class LauncherLink {
  private readonly open: boolean;

  constructor(private readonly instance: string) {
    this.open = instance !== STANDALONE && process.channel !== undefined;
  }

  listening(port: number): void {
    void this.tell({ kind: 'listening', instance: this.instance, port });
  }

  /** Resolves when the launcher has the message, or is gone. */
  failed(code: string, message: string): Promise<void> {
    return this.tell({ kind: 'failed', code, message });
  }

  /** Calls `stop` once the launcher is gone, also when it is gone already. */
  onLost(stop: () => void): void {
    if (!this.open) return;
    // A log line that nobody reads any more must not break the shutdown.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
    process.once('disconnect', stop);
    // The channel must not keep a process alive that has nothing else to do.
    process.channel?.unref();
    if (!process.connected) stop();
  }

  private tell(message: LauncherMessage): Promise<void> {
    if (!this.open || !process.connected) return Promise.resolve();
    return new Promise((resolve) => process.send!(message, () => resolve()));
  }
}
