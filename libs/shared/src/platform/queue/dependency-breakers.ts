// Written by hand: circuit breaker libraries (opossum, cockatiel) need Node 22, and they wrap one call; here
// one job probes for all others, and the others are put back on the queue instead of failing.
import { dependencyKey, type Dependency } from '../../contracts/dependency.js';
import { jittered } from './time-limit.js';

/** Shortest and longest time between two probes of an unavailable dependency, milliseconds. */
const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 30_000;

interface Breaker {
  readonly dependency: Dependency;
  readonly since: number;
  failedProbes: number;
  probeAt: number;
  /** Id of the job that currently tests whether the dependency is available again. */
  probe: string | null;
}

/** An unavailable dependency, and since when: milliseconds since the epoch. */
export interface Outage {
  readonly dependency: Dependency;
  readonly since: number;
}

/**
 * Circuit breakers, one per dependency: jobs do not start while a dependency of theirs is known to be
 * unavailable. One job at a time probes it, at growing intervals; the first success lets all jobs start.
 */
export class DependencyBreakers {
  private readonly open = new Map<string, Breaker>();

  constructor(
    private readonly now: () => number = Date.now,
    private readonly random: () => number = Math.random,
  ) {}

  get outages(): Outage[] {
    return [...this.open.values()].map(({ dependency, since }) => ({ dependency, since }));
  }

  /**
   * Asks whether a job may start. After a 0, call `succeeded`, `failed` or `ended` for the job.
   * @returns 0, or the milliseconds after which to ask again
   */
  admit(job: string, dependencies: readonly Dependency[]): number {
    const breakers = this.of(dependencies);
    const delays = breakers.map((breaker) => this.delayFor(breaker)).filter((delay) => delay > 0);
    if (delays.length > 0) return Math.max(...delays);
    for (const breaker of breakers) breaker.probe = job;
    return 0;
  }

  /** Milliseconds after which a job that needs the dependency may ask again. */
  delay(dependency: Dependency): number {
    const breaker = this.open.get(dependencyKey(dependency));
    return breaker ? this.delayFor(breaker) : 0;
  }

  /** All dependencies of the job worked. @returns the outages that this ends */
  succeeded(job: string, dependencies: readonly Dependency[]): Outage[] {
    // A job that started before the outage proves nothing.
    const recovered = this.of(dependencies).filter(({ probe }) => probe === job);
    for (const { dependency } of recovered) this.open.delete(dependencyKey(dependency));
    return recovered.map(({ dependency, since }) => ({ dependency, since }));
  }

  /** The dependency was unavailable for the job. @returns true for the job that finds out first */
  failed(job: string, dependency: Dependency): boolean {
    const key = dependencyKey(dependency);
    const breaker = this.open.get(key);
    if (!breaker) {
      const [since, probeAt] = [this.now(), this.now() + this.interval(0)];
      this.open.set(key, { dependency, since, failedProbes: 0, probeAt, probe: null });
      return true;
    }
    if (breaker.probe === job) {
      breaker.failedProbes += 1;
      this.endProbe(breaker);
    }
    return false;
  }

  /** The job ended. If it was a probe without a result, another job probes. */
  ended(job: string, dependencies: readonly Dependency[]): void {
    for (const breaker of this.of(dependencies)) {
      if (breaker.probe === job) this.endProbe(breaker);
    }
  }

  private of(dependencies: readonly Dependency[]): Breaker[] {
    return dependencies.flatMap((dependency) => this.open.get(dependencyKey(dependency)) ?? []);
  }

  private endProbe(breaker: Breaker): void {
    breaker.probe = null;
    breaker.probeAt = this.now() + this.interval(breaker.failedProbes);
  }

  /** Spread over one second, so that jobs that were put back do not return all at once. */
  private delayFor({ probe, probeAt }: Breaker): number {
    const left = probe === null ? probeAt - this.now() : FIRST_PROBE_MS;
    return left > 0 ? left + this.random() * FIRST_PROBE_MS : 0;
  }

  private interval(failedProbes: number): number {
    return jittered(Math.min(LAST_PROBE_MS, FIRST_PROBE_MS * 2 ** failedProbes), this.random);
  }
}
