/** What KEDA and the HPA read of a stage, once a poll. */
export interface Load {
  readonly work: number;
  readonly oldestAgeSeconds: number;
}

/** Of a ScaledObject. */
export interface ScalerSettings {
  readonly min: number;
  readonly max: number;
  readonly pollSeconds: number;
  readonly cooldownSeconds: number;
  /** Images a replica: AverageValue of the trigger `work`. Null: there is no such trigger. */
  readonly workPerReplica: number | null;
  /** Seconds: Value of the trigger `age`. */
  readonly age: number | null;
  readonly scaleUp: { readonly percent: number; readonly pods: number; readonly seconds: number };
  readonly scaleDown: {
    readonly percent: number;
    readonly seconds: number;
    readonly stabilisationSeconds: number;
  };
}

/** Relative distance from its target that the HPA leaves alone. */
const TOLERANCE = 0.1;

/**
 * Replicas as KEDA (none to one, and back after the cooldown) and the HPA (everything else) would set them.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 * https://keda.sh/docs/latest/concepts/scaling-deployments/
 */
export class Scaler {
  private readonly wishes: { readonly at: number; readonly replicas: number }[] = [];
  private readonly changes: { readonly at: number; readonly by: number }[] = [];
  private activeAt = 0;

  constructor(private readonly settings: ScalerSettings) {}

  /** @param now seconds @returns replicas from now on */
  poll(now: number, current: number, load: Load): number {
    const { min, max, cooldownSeconds } = this.settings;
    const active = load.work > 0 || load.oldestAgeSeconds > 0;
    if (active) this.activeAt = now;
    if (current === 0) return this.change(now, 0, active ? Math.max(1, min) : 0);
    if (!active && min === 0 && now - this.activeAt >= cooldownSeconds) {
      return this.change(now, current, 0);
    }
    const wished = Math.min(max, Math.max(1, min, this.wish(current, load)));
    return this.change(now, current, this.limited(now, current, wished));
  }

  private wish(current: number, { work, oldestAgeSeconds }: Load): number {
    const { workPerReplica, age } = this.settings;
    const byWork = workPerReplica === null ? 0 : work / workPerReplica;
    const byAge = age === null ? 0 : (current * oldestAgeSeconds) / age;
    return Math.max(...[byWork, byAge].map((replicas) => held(current, replicas)));
  }

  private limited(now: number, current: number, wished: number): number {
    const { scaleUp, scaleDown } = this.settings;
    this.wishes.push({ at: now, replicas: wished });
    while (now - this.wishes[0]!.at > scaleDown.stabilisationSeconds) this.wishes.shift();
    if (wished > current) {
      const before = current - this.changed(now, scaleUp.seconds, 1);
      const most = Math.max(before * (1 + scaleUp.percent / 100), before + scaleUp.pods);
      return Math.max(current, Math.min(wished, Math.ceil(most)));
    }
    const stable = Math.max(...this.wishes.map(({ replicas }) => replicas));
    const before = current - this.changed(now, scaleDown.seconds, -1);
    const least = Math.floor(before * (1 - scaleDown.percent / 100));
    return Math.min(current, Math.max(stable, least));
  }

  private changed(now: number, seconds: number, sign: 1 | -1): number {
    return this.changes
      .filter(({ at, by }) => now - at < seconds && Math.sign(by) === sign)
      .reduce((sum, { by }) => sum + by, 0);
  }

  private change(at: number, from: number, to: number): number {
    if (to !== from) this.changes.push({ at, by: to - from });
    return to;
  }
}

function held(current: number, wished: number): number {
  return Math.abs(wished / current - 1) <= TOLERANCE ? current : Math.ceil(wished);
}
