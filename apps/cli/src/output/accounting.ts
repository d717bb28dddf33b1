import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { quantity } from './table.js';

/** Number of images of an import by outcome. Counts images of this run and of earlier runs. */
export interface Sums {
  readonly listed: number;
  readonly named: number;
  readonly unknown: number;
  readonly faceless: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Files without an image extension. They are not in `listed`. */
  readonly skipped: number;
  /** Images that an earlier run finished. They are in the other sums too. */
  readonly alreadyDone: number;
}

export function sumUp({ counts, alreadyDone, listed, skipped }: ImportView): Sums {
  return {
    listed,
    named: counts.named + alreadyDone.named,
    unknown: counts.unknown + alreadyDone.unknown,
    faceless: counts.faceless + alreadyDone.faceless,
    refused: counts.refused + alreadyDone.refused,
    failed: counts.failed,
    cancelled: counts.cancelled,
    skipped,
    alreadyDone:
      alreadyDone.named + alreadyDone.unknown + alreadyDone.faceless + alreadyDone.refused,
  };
}

/** Whether each listed image ended as named, unknown, faceless or refused. */
export function allAccountedFor(sums: Sums): boolean {
  return sums.named + sums.unknown + sums.faceless + sums.refused === sums.listed;
}

/** @param isOver whether the import has ended; before that, some of the listed images have no outcome yet */
export function describeSums(sums: Sums, isOver: boolean): string {
  const { named, unknown, faceless, refused, listed, failed, cancelled } = sums;
  const parts = [
    `${named} named + ${unknown} unknown + ${faceless} without a face + ${refused} refused`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ];
  const text = parts.join(' + ');
  if (!isOver) return `${text} so far, of ${listed} listed`;
  return `${text} ${allAccountedFor(sums) ? '=' : '≠'} ${listed} listed`;
}

/** Says how many files were skipped, and why. */
export function describeSkipped({ skipped }: Pick<Sums, 'skipped'>): string {
  return `skipped: ${quantity(skipped, 'file')} without an image extension`;
}

/** Number of refused and failed images by error code, highest first; null if there are none. */
export function describeCodes({ problems }: ImportView): string | null {
  const codes = Object.entries(problems).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return codes.length === 0 ? null : codes.map(([code, n]) => `${code} ${n}`).join(', ');
}

/** Why an import failed, or what it is waiting for. */
export function describeProblem({ code, message }: NonNullable<ImportView['error']>): string {
  return `${code}: ${message}`;
}
