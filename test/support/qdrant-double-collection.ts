import { QdrantError, wrongInput } from './qdrant-double-errors.js';
import { isSet, matchesFilter, valuesAt } from './qdrant-double-filter.js';
import {
  type Filter,
  type IndexSchema,
  type PointId,
  type Query,
  type Requests,
} from './qdrant-double-schemas.js';

interface Point {
  readonly id: PointId;
  /** Collections with cosine distance store normalised float32 vectors. */
  readonly vector: Float32Array;
  payload: Record<string, unknown>;
  version: number;
}

/** One collection with its points in memory and an exact search. */
export class DoubleCollection {
  private readonly points = new Map<PointId, Point>();
  private readonly indexes = new Map<string, IndexSchema>();
  private operations = 0;

  constructor(private readonly settings: Requests['createCollection']) {}

  createIndex({ field_name, field_schema }: Requests['createIndex']) {
    this.indexes.set(field_name, field_schema);
    return this.done();
  }

  upsert({ points }: Requests['upsert']) {
    const vectors = points.map(({ vector }) => this.normalised(vector));
    const version = this.operations;
    points.forEach(({ id, payload }, index) => {
      this.points.set(id, { id, vector: vectors[index]!, payload: payload ?? {}, version });
    });
    return this.done();
  }

  deletePoints(selector: Requests['deletePoints']) {
    const ids =
      'points' in selector ? selector.points : this.matching(selector.filter).map(({ id }) => id);
    for (const id of ids) this.points.delete(id);
    return this.done();
  }

  /** @returns one outcome per operation */
  batchUpdate({ operations }: Requests['batchUpdate']) {
    return operations.map(({ set_payload: { filter, payload } }) => {
      for (const point of this.matching(filter)) {
        // Other fields are unchanged.
        point.payload = { ...point.payload, ...payload };
        point.version = this.operations;
      }
      return this.done();
    });
  }

  count({ filter }: Requests['count']) {
    return { count: this.matching(filter).length };
  }

  deletePayload({ keys, filter }: Requests['deletePayload']) {
    for (const point of this.matching(filter)) {
      const kept = Object.entries(point.payload).filter(([key]) => !keys.includes(key));
      point.payload = Object.fromEntries(kept);
      point.version = this.operations;
    }
    return this.done();
  }

  scroll({ offset, limit, filter, with_payload, with_vector }: Requests['scroll']) {
    const size = limit ?? 10;
    const from = this.matching(filter)
      .toSorted((a, b) => compareIds(a.id, b.id))
      .filter(({ id }) => !isSet(offset) || compareIds(id, offset) >= 0);
    return {
      points: from.slice(0, size).map((point) => ({
        id: point.id,
        ...((with_payload ?? true) && { payload: point.payload }),
        ...(with_vector && { vector: Array.from(point.vector) }),
      })),
      next_page_offset: from[size]?.id ?? null,
    };
  }

  query({ query, filter, limit, offset, score_threshold, with_payload, with_vector }: Query) {
    const wanted = this.normalised(query);
    const start = offset ?? 0;
    return {
      points: this.matching(filter)
        .map((point) => ({ point, score: Math.fround(dot(wanted, point.vector)) }))
        .filter(({ score }) => !isSet(score_threshold) || score >= score_threshold)
        .toSorted((a, b) => b.score - a.score)
        .slice(start, start + (limit ?? 10))
        .map(({ point, score }) => ({
          id: point.id,
          version: point.version,
          score,
          ...(with_payload && { payload: point.payload }),
          ...(with_vector && { vector: Array.from(point.vector) }),
        })),
    };
  }

  facet({ key, limit, filter }: Requests['facet']) {
    if (this.indexes.get(key)?.type !== 'keyword') {
      throw new QdrantError(
        400,
        `Bad request: Index required but not found for "${key}" of one of the following types: [keyword]. Help: Create an index for this key or use a different filter.`,
      );
    }
    const counts = new Map<string, number>();
    for (const { payload } of this.matching(filter)) {
      const values = valuesAt(payload, key).filter((value) => typeof value === 'string');
      for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const hits = [...counts].map(([value, count]) => ({ value, count }));
    hits.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    return { hits: hits.slice(0, limit ?? 10) };
  }

  info() {
    const { vectors, quantization_config, shard_number, replication_factor } = this.settings;
    return {
      status: 'green',
      optimizer_status: 'ok',
      indexed_vectors_count: 0,
      points_count: this.points.size,
      segments_count: 2,
      config: {
        params: {
          vectors,
          shard_number: shard_number ?? 1,
          replication_factor: replication_factor ?? 1,
          write_consistency_factor: 1,
          on_disk_payload: true,
        },
        hnsw_config: {
          m: 16,
          ef_construct: 100,
          full_scan_threshold: 10_000,
          max_indexing_threads: 0,
          on_disk: false,
        },
        optimizer_config: {
          deleted_threshold: 0.2,
          vacuum_min_vector_number: 1_000,
          default_segment_number: 0,
          max_segment_size: null,
          memmap_threshold: null,
          indexing_threshold: 10_000,
          flush_interval_sec: 5,
          max_optimization_threads: null,
        },
        wal_config: { wal_capacity_mb: 32, wal_segments_ahead: 0, wal_retain_closed: 1 },
        quantization_config: quantization_config ?? null,
      },
      payload_schema: Object.fromEntries(
        [...this.indexes].map(([field, params]) => {
          const points = [...this.points.values()].filter(
            ({ payload }) => valuesAt(payload, field).length > 0,
          );
          return [field, { data_type: params.type, params, points: points.length }];
        }),
      ),
    };
  }

  private matching(filter: Filter | null | undefined): Point[] {
    return [...this.points.values()].filter((point) => matchesFilter(point, filter));
  }

  private normalised(vector: readonly number[]): Float32Array {
    const { size } = this.settings.vectors;
    if (vector.length !== size) {
      throw wrongInput(`Vector dimension error: expected dim: ${size}, got ${vector.length}`);
    }
    const values = Float32Array.from(vector);
    const norm = Math.sqrt(dot(values, values));
    return norm === 0 ? values : values.map((value) => value / norm);
  }

  private done() {
    return { operation_id: this.operations++ };
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Sorts numbers before UUIDs. */
function compareIds(a: PointId, b: PointId): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
