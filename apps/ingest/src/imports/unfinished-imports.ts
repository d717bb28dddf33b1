import { type ImportRepository } from './import-repository.js';
import { pending, type ImportProgress } from './import-state.js';

/** Imports that are neither done nor given up; one whose record is damaged is left out. */
export async function readUnfinished(imports: ImportRepository): Promise<ImportProgress[]> {
  const ids = await imports.unfinished();
  const found = await Promise.allSettled(ids.map((id) => imports.read(id)));
  return found.flatMap((read) => (read.status === 'fulfilled' && read.value ? [read.value] : []));
}

export function isPaused({ state }: ImportProgress): boolean {
  return state.status === 'paused';
}

/** Images that wait for an import to be resumed. */
export function pausedImages(unfinished: readonly ImportProgress[]): number {
  return unfinished.filter(isPaused).reduce((sum, progress) => sum + pending(progress), 0);
}
