export interface Policy {
  readonly type: 'Percent' | 'Pods';
  readonly value: number;
  readonly periodSeconds: number;
}

/** Of `behavior.scaleUp` or `behavior.scaleDown`. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly policies: readonly Policy[];
  /** Which policy holds: that of the largest change, or of the smallest. */
  readonly selectPolicy: 'Max' | 'Min';
}

export interface Behavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/**
 * How quickly the HPA follows what it wishes.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export class HpaBehavior {
  private wishes: { readonly at: number; readonly replicas: number }[] = [];
  private changes: { readonly at: number; readonly by: number }[] = [];

  constructor(private readonly behavior: Behavior) {}

  /** @param now seconds @returns replicas from now on */
  follow(now: number, current: number, wished: number): number {
    const next = this.limited(now, current, this.stable(now, current, wished));
    if (next !== current) this.changes.push({ at: now, by: next - current });
    return next;
  }

  private stable(now: number, current: number, wished: number): number {
    const { scaleUp, scaleDown } = this.behavior;
    this.wishes.push({ at: now, replicas: wished });
    const [up, down] = [scaleUp, scaleDown].map((rules) => rules.stabilizationWindowSeconds);
    this.wishes = this.wishes.filter(({ at }) => now - at < Math.max(up!, down!, 1));
    const within = (seconds: number) => [
      wished,
      ...this.wishes.filter(({ at }) => now - at < seconds).map(({ replicas }) => replicas),
    ];
    const least = Math.min(...within(up!));
    const most = Math.max(...within(down!));
    return Math.min(most, Math.max(least, current));
  }

  private limited(now: number, current: number, wished: number): number {
    const { scaleUp, scaleDown } = this.behavior;
    if (wished > current) {
      return Math.max(current, Math.min(wished, this.limit(now, current, scaleUp, 1)));
    }
    return Math.min(current, Math.max(wished, this.limit(now, current, scaleDown, -1)));
  }

  private limit(now: number, current: number, rules: ScalingRules, sign: 1 | -1): number {
    const limits = rules.policies.map(({ type, value, periodSeconds }) => {
      const before = current - this.changed(now, periodSeconds);
      if (type === 'Pods') return before + sign * value;
      const after = before * (1 + (sign * value) / 100);
      return sign > 0 ? Math.ceil(after) : Math.floor(after);
    });
    return (rules.selectPolicy === 'Max') === sign > 0 ? Math.max(...limits) : Math.min(...limits);
  }

  private changed(now: number, seconds: number): number {
    return this.changes.filter(({ at }) => now - at < seconds).reduce((sum, { by }) => sum + by, 0);
  }
}
