import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import {
  type Sighting,
  type SightingFilter,
  type StoredSighting,
  type StoredTemplate,
  type Template,
  type TemplateQuery,
} from '../../apps/matcher/src/vectors/vector-store.port.js';
import { type Candidate } from './candidate.js';

type Entry =
  | { kind: 'template'; record: StoredTemplate }
  | { kind: 'sighting'; record: StoredSighting }
  | { kind: 'forget'; tenant: string; personId: string };

/** The baseline: everything in memory, an append-only log on disk, a loop over all vectors. */
export class ScanCandidate implements Candidate {
  private readonly templates = new Map<string, StoredTemplate>();
  private readonly sightings = new Map<string, StoredSighting>();
  private log!: FileHandle;

  constructor(private readonly folder: string) {}

  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const file = path.join(this.folder, 'log.jsonl');
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(0, -1)) this.apply(JSON.parse(line, revive) as Entry);
    this.log = await open(file, 'a');
  }

  close() {
    return this.log.close();
  }

  upsertTemplates(templates: readonly StoredTemplate[]) {
    return this.write(templates.map((record) => ({ kind: 'template', record })));
  }

  upsertSightings(sightings: readonly StoredSighting[]) {
    return this.write(sightings.map((record) => ({ kind: 'sighting', record })));
  }

  forgetPerson(tenant: string, personId: string) {
    return this.write([{ kind: 'forget', tenant, personId }]);
  }

  searchTemplates(queries: readonly TemplateQuery[]) {
    const all = [...this.templates.values()];
    const found = queries.map(({ tenant, vector, limit }) =>
      nearest<StoredTemplate>(
        all.filter((template) => template.tenant === tenant),
        vector,
        limit,
      ),
    );
    return Promise.resolve<{ item: Template; score: number }[][]>(found);
  }

  searchSightings(tenant: string, vector: Float32Array, filter: SightingFilter, limit: number) {
    const found = nearest(this.matching(tenant, filter), vector, limit);
    return Promise.resolve<{ item: Sighting; score: number }[]>(found);
  }

  listSightings(tenant: string, filter: SightingFilter, page: { cursor?: string; limit: number }) {
    const after = page.cursor ?? '';
    const items = this.matching(tenant, filter)
      .filter(({ id }) => id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, page.limit);
    const cursor = items.length === page.limit ? (items.at(-1)?.id ?? null) : null;
    return Promise.resolve({ items, cursor });
  }

  private matching(tenant: string, filter: SightingFilter): StoredSighting[] {
    const { personId, cameraId, from = -Infinity, to = Infinity } = filter;
    const timed = filter.from !== undefined || filter.to !== undefined;
    return [...this.sightings.values()].filter(
      (sighting) =>
        sighting.tenant === tenant &&
        (personId === undefined || sighting.personId === personId) &&
        (cameraId === undefined || sighting.cameraId === cameraId) &&
        (!timed || ((sighting.observedAt ?? NaN) >= from && (sighting.observedAt ?? NaN) <= to)),
    );
  }

  private async write(entries: Entry[]): Promise<void> {
    await this.log.appendFile(entries.map((entry) => `${JSON.stringify(entry, pack)}\n`).join(''));
    await this.log.datasync();
    for (const entry of entries) this.apply(entry);
  }

  private apply(entry: Entry): void {
    if (entry.kind === 'template') this.templates.set(entry.record.id, entry.record);
    else if (entry.kind === 'sighting') this.sightings.set(entry.record.id, entry.record);
    else {
      const is = ({ tenant, personId }: { tenant: string; personId: string | null }) =>
        tenant === entry.tenant && personId === entry.personId;
      for (const [id, template] of this.templates) if (is(template)) this.templates.delete(id);
      for (const [id, sighting] of this.sightings) {
        if (is(sighting)) this.sightings.set(id, { ...sighting, personId: null });
      }
    }
  }
}

function nearest<T extends { vector: Float32Array }>(
  records: readonly T[],
  vector: Float32Array,
  limit: number,
): { item: T; score: number }[] {
  return records
    .map((item) => ({ item, score: dot(item.vector, vector) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function pack(_: string, value: unknown): unknown {
  if (!(value instanceof Float32Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function revive(key: string, value: unknown): unknown {
  if (key !== 'vector') return value;
  return new Float32Array(new Uint8Array(Buffer.from(value as string, 'base64')).buffer);
}
