import { type ImportView } from '../client/ingest-api.js';

/** How the images of an import ended, in this run and in earlier ones together. */
export interface Sums {
  readonly listed: number;
  readonly named: number;
  readonly unknown: number;
  readonly faceless: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Files that are no image by their name; not among those listed. */
  readonly skipped: number;
  /** Images that an earlier run finished; they are in the other sums too. */
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

/** Whether every listed image ended as named, unknown, faceless or refused. */
export function allAccountedFor(sums: Sums): boolean {
  return sums.named + sums.unknown + sums.faceless + sums.refused === sums.listed;
}

export function describeSums(sums: Sums): string {
  const { named, unknown, faceless, refused, listed, failed, cancelled } = sums;
  const parts = [
    `${named} named + ${unknown} unknown + ${faceless} without a face + ${refused} refused`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ];
  const sign = allAccountedFor(sums) ? '=' : '≠';
  return `${parts.join(' + ')} ${sign} ${listed} listed`;
}

/** Refused and failed images by error code, most first; null when there are none. */
export function describeCodes({ problems }: ImportView): string | null {
  const codes = Object.entries(problems).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return codes.length === 0 ? null : codes.map(([code, n]) => `${code} ${n}`).join(', ');
}

/** Why an import failed, or what it waits for. */
export function describeProblem({ code, message }: NonNullable<ImportView['error']>): string {
  return `${code}: ${message}`;
}
