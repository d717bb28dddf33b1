import { HpaBehavior, type Behavior } from './hpa-behavior.js';

/** What KEDA and the HPA read of a stage, once a poll. */
export interface Load {
  readonly work: number;
  readonly oldestAgeSeconds: number;
}

export interface Replicas {
  /** As the Deployment says. */
  readonly current: number;
  readonly ready: number;
}

/** Of a ScaledObject. */
export interface ScalerSettings {
  readonly min: number;
  readonly max: number;
  readonly pollSeconds: number;
  readonly cooldownSeconds: number;
  /** Images a replica: AverageValue of the trigger `work`. */
  readonly workPerReplica: number;
  /** Seconds: Value of the trigger `age`. Null: there is no such trigger. */
  readonly age: number | null;
  readonly behavior: Behavior;
}

/** Relative distance from its target that the HPA leaves alone. */
const TOLERANCE = 0.1;

/**
 * Replicas as KEDA (none to one, and back after the cooldown) and the HPA (everything else) would set them.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 * https://keda.sh/docs/latest/concepts/scaling-deployments/
 */
export class Scaler {
  private readonly hpa: HpaBehavior;
  private activeAt = 0;

  constructor(private readonly settings: ScalerSettings) {
    this.hpa = new HpaBehavior(settings.behavior);
  }

  /** @param now seconds @returns replicas from now on */
  poll(now: number, replicas: Replicas, load: Load): number {
    const { min, max, cooldownSeconds } = this.settings;
    const { current } = replicas;
    const active = load.work > 0 || load.oldestAgeSeconds > 0;
    if (active) this.activeAt = now;
    if (current === 0) return active ? Math.max(1, min) : 0;
    if (!active && min === 0 && now - this.activeAt >= cooldownSeconds) return 0;
    const wished = Math.min(max, Math.max(1, min, this.wish(replicas, load)));
    return this.hpa.follow(now, current, wished);
  }

  /** An average is of all replicas; a value multiplies those that are ready. */
  private wish({ current, ready }: Replicas, { work, oldestAgeSeconds }: Load): number {
    const { workPerReplica, age } = this.settings;
    const byWork = work / workPerReplica;
    const wishes = [isNear(byWork / current) ? current : Math.ceil(byWork)];
    if (age !== null) {
      const ratio = oldestAgeSeconds / age;
      wishes.push(isNear(ratio) ? current : Math.ceil(ratio * ready));
    }
    return Math.max(...wishes);
  }
}

function isNear(ratio: number): boolean {
  return Math.abs(ratio - 1) <= TOLERANCE;
}
