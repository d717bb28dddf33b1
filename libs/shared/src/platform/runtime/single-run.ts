/** Runs work that must not overlap with itself: a call during a run does nothing but wait for that run. */
export class SingleRun {
  private running: Promise<void> | undefined;

  run(work: () => Promise<void>): Promise<void> {
    this.running ??= work().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await this.running;
  }
}
