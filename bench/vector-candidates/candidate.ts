import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';

export const DIMENSION = 512;

/** The part of the port that is measured. */
export type Candidate = Pick<
  VectorStore,
  | 'open'
  | 'close'
  | 'upsertTemplates'
  | 'searchTemplates'
  | 'upsertSightings'
  | 'listSightings'
  | 'searchSightings'
  | 'forgetPerson'
>;

/** A package that is measured but not depended on: `npm install --no-save NAME` first. */
export async function importPackage(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    throw new Error(`${name} is not installed; npm install --no-save ${name}`, { cause: error });
  }
}
