/** First and longest time between two probes of a dependency that is away, milliseconds. */
const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 30_000;

interface Breaker {
  readonly since: number;
  failedProbes: number;
  probeAt: number;
  /** The job that finds out whether the dependency is back. */
  probe: string | null;
}

/** A dependency that is away, and since when: milliseconds since the epoch. */
export interface Absence {
  readonly dependency: string;
  readonly since: number;
}

/**
 * Keeps jobs away from dependencies that are known to be away. One job at a time probes each of them,
 * at growing intervals; the first that gets through lets all others in.
 */
export class DependencyBreakers {
  private readonly open = new Map<string, Breaker>();

  constructor(
    private readonly now: () => number = Date.now,
    private readonly random: () => number = Math.random,
  ) {}

  get absences(): Absence[] {
    return [...this.open].map(([dependency, { since }]) => ({ dependency, since }));
  }

  /**
   * Asks for a job to be let in; it must be followed by `worked`, `failed` or `left`.
   * @returns 0, or the milliseconds after which to ask again
   */
  admit(job: string, dependencies: readonly string[]): number {
    const breakers = this.of(dependencies);
    const delays = breakers.map((breaker) => this.delayFor(breaker)).filter((delay) => delay > 0);
    if (delays.length > 0) return Math.max(...delays);
    for (const breaker of breakers) breaker.probe = job;
    return 0;
  }

  /** Milliseconds after which a job may ask for it again. */
  delay(dependency: string): number {
    const breaker = this.open.get(dependency);
    return breaker ? this.delayFor(breaker) : 0;
  }

  /** The job got what it needed. @returns the dependencies that are back by that */
  worked(job: string, dependencies: readonly string[]): Absence[] {
    const back = this.absences.filter(
      ({ dependency }) =>
        dependencies.includes(dependency) && this.open.get(dependency)?.probe === job,
    );
    for (const { dependency } of back) this.open.delete(dependency);
    return back;
  }

  /** The dependency is away. @returns whether that is news */
  failed(job: string, dependency: string): boolean {
    const breaker = this.open.get(dependency);
    if (!breaker) {
      const [since, probeAt] = [this.now(), this.now() + this.interval(0)];
      this.open.set(dependency, { since, failedProbes: 0, probeAt, probe: null });
      return true;
    }
    if (breaker.probe === job) {
      breaker.failedProbes += 1;
      this.endProbe(breaker);
    }
    return false;
  }

  /** The job ended without telling whether its dependencies work. */
  left(job: string, dependencies: readonly string[]): void {
    for (const breaker of this.of(dependencies)) {
      if (breaker.probe === job) this.endProbe(breaker);
    }
  }

  private of(dependencies: readonly string[]): Breaker[] {
    return dependencies.flatMap((dependency) => this.open.get(dependency) ?? []);
  }

  private endProbe(breaker: Breaker): void {
    breaker.probe = null;
    breaker.probeAt = this.now() + this.interval(breaker.failedProbes);
  }

  /** Spread over a second, so that those who were sent away do not come back all at once. */
  private delayFor({ probe, probeAt }: Breaker): number {
    const left = probe === null ? probeAt - this.now() : FIRST_PROBE_MS;
    return left > 0 ? left + this.random() * FIRST_PROBE_MS : 0;
  }

  private interval(failedProbes: number): number {
    const longest = Math.min(LAST_PROBE_MS, FIRST_PROBE_MS * 2 ** failedProbes);
    return longest * (0.5 + this.random() / 2);
  }
}
