/**
 * Lets imports add while the backlog is short: closes at the high mark, opens again at the low one.
 * Additions go one after the other, so that the backlog never passes the high mark by more than one.
 */
export class WatermarkGate {
  private flowing = true;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly backlog: () => Promise<number>,
    private readonly high: number,
    private readonly low: number,
  ) {}

  async isOpen(): Promise<boolean> {
    const waiting = await this.backlog();
    this.flowing = this.flowing ? waiting < this.high : waiting <= this.low;
    return this.flowing;
  }

  /** Runs `add` if the gate is open by then. */
  async pass(add: () => Promise<void>): Promise<boolean> {
    const turn = this.last.then(async () => {
      if (!(await this.isOpen())) return false;
      await add();
      return true;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
