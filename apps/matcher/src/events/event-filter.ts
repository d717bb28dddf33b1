import {
  PERSON_MATCHED,
  PERSON_UNKNOWN,
  type MatchEvent,
} from '#shared/contracts/match-event.contract.js';

export const MATCH_EVENT_TYPES = [PERSON_MATCHED, PERSON_UNKNOWN] as const;

/** What a reader of events wants to see; what is left out does not matter. */
export interface EventFilter {
  readonly tenant?: string | undefined;
  readonly types?: readonly MatchEvent['type'][] | undefined;
  readonly personId?: string | undefined;
  readonly cameraId?: string | undefined;
}

export function wants(filter: EventFilter, event: MatchEvent): boolean {
  const { source, person, tenant } = event.data;
  if (filter.tenant !== undefined && filter.tenant !== tenant) return false;
  if (filter.types && !filter.types.includes(event.type)) return false;
  if (filter.personId !== undefined && filter.personId !== person?.personId) return false;
  if (filter.cameraId === undefined) return true;
  return source.kind === 'camera' && source.cameraId === filter.cameraId;
}
