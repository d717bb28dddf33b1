/** Something a service needs before it can do its work. */
export interface ReadinessCheck {
  readonly name: string;
  /** Resolves when usable (with facts worth showing), rejects with the reason when not. */
  check(): Promise<Readonly<Record<string, unknown>>>;
}

export const READINESS_CHECKS = Symbol('readiness checks');
