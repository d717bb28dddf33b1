/** The alert that is sent, without the severity and the runbook of its rule. */
interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** Series, and whether an alert fires for them. */
export interface AlertCase {
  readonly alert: string;
  readonly when: string;
  /** One value per minute, in promtool's notation, by series. */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes after the first value. A near miss does not fire until then. */
  readonly minute: number;
  /** Null for a near miss. */
  readonly fires: Firing | null;
}
