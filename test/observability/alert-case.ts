/** What goes out, but for what the rule says of itself: severity and runbook. */
interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** Series, and whether an alert fires on them. */
export interface AlertCase {
  readonly alert: string;
  readonly when: string;
  /** A value a minute, as promtool writes them, by series. */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes after the first value; a near miss stays silent up to then. */
  readonly minute: number;
  /** Null in a near miss. */
  readonly fires: Firing | null;
}
