import { type ImportView } from '#shared/contracts/http/imports.http.js';

/** Number of images of an import by outcome. Counts images of this run and of earlier runs. */
export interface Sums {
  readonly listed: number;
  readonly named: number;
  readonly unknown: number;
  readonly faceless: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Objects that were not looked at. */
  readonly skipped: number;
  /** The same by reason. */
  readonly skippedBy: Readonly<Record<string, number>>;
  /** Images that an earlier run finished. They are in the other sums too. */
  readonly alreadyDone: number;
}

export function sumUp(view: ImportView): Sums {
  const { counts, alreadyDone, listed, skipped, skippedBy } = view;
  return {
    listed,
    named: counts.named + alreadyDone.named,
    unknown: counts.unknown + alreadyDone.unknown,
    faceless: counts.faceless + alreadyDone.faceless,
    refused: counts.refused + alreadyDone.refused,
    failed: counts.failed,
    cancelled: counts.cancelled,
    skipped,
    skippedBy,
    alreadyDone:
      alreadyDone.named + alreadyDone.unknown + alreadyDone.faceless + alreadyDone.refused,
  };
}

/** Whether each listed object was skipped or ended as named, unknown, faceless or refused. */
export function allAccountedFor(sums: Sums): boolean {
  const { named, unknown, faceless, refused, skipped, listed } = sums;
  return named + unknown + faceless + refused + skipped === listed;
}

/** @param isOver whether the import has ended; before that, some of the listed images have no outcome yet */
export function describeSums(sums: Sums, isOver: boolean): string {
  const { named, unknown, faceless, refused, listed, failed, cancelled, skipped } = sums;
  const parts = [
    `${named} named + ${unknown} unknown + ${faceless} without a face + ${refused} refused`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const text = parts.join(' + ');
  if (!isOver) return `${text} so far, of ${listed} listed`;
  return `${text} ${allAccountedFor(sums) ? '=' : '≠'} ${listed} listed`;
}

/** Number of skipped objects by reason, highest first; null if there are none. */
export function describeSkipped({ skippedBy }: Pick<Sums, 'skippedBy'>): string | null {
  return describeCounts(skippedBy);
}

/** Number of refused and failed images by error code, highest first; null if there are none. */
export function describeCodes({ problems }: ImportView): string | null {
  return describeCounts(problems);
}

function describeCounts(counts: Readonly<Record<string, number>>): string | null {
  const sorted = Object.entries(counts).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return sorted.length === 0 ? null : sorted.map(([name, n]) => `${name} ${n}`).join(', ');
}

/** Why an import failed, or what it is waiting for. */
export function describeProblem({ code, message }: NonNullable<ImportView['error']>): string {
  return `${code}: ${message}`;
}
