/** dot-product.wat, assembled: WebAssembly because JavaScript has no SIMD. */
export const DOT_PRODUCT_WASM =
  'AGFzbQEAAAABCQFgBX9/f39/AAMCAQAFAwEAAQcRAgZtZW1vcnkCAARkb3RzAAAKhQIBggICAn8EeyABIAIgA2xqIQUC' +
  'QANAIAEgBU8NAf0MAAAAAAAAAAAAAAAAAAAAACEHIAchCCAHIQkgByEKQQAhBgNAIAcgACAGav0ABAAgASAGav0ABAD9' +
  '5gH95AEhByAIIAAgBmr9AAQQIAEgBmr9AAQQ/eYB/eQBIQggCSAAIAZq/QAEICABIAZq/QAEIP3mAf3kASEJIAogACAG' +
  'av0ABDAgASAGav0ABDD95gH95AEhCiAGQcAAaiEGIAYgA0kNAAsgByAI/eQBIAkgCv3kAf3kASEHIAQgB/0fACAH/R8B' +
  'kiAH/R8CIAf9HwOSkjgCACAEQQRqIQQgASADaiEBDAALCws=';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  dots(query: number, rows: number, count: number, bytes: number, out: number): void;
}

/** Node's types leave WebAssembly to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const LANES = 16;
const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;

/** Dot products of up to QUERIES queries with blocks of up to ROWS rows. */
export class DotKernel {
  static readonly QUERIES = 32;
  /** Half a megabyte at 512 numbers: it stays in the processor's cache for all queries. */
  static readonly ROWS = 256;

  /** Numbers from one row to the next: the dimension, filled up with zeros. */
  readonly stride: number;
  private readonly exports: Exports;
  private readonly floats: Float32Array;
  private readonly rowsAt: number;
  private readonly scoresAt: number;

  constructor(dimension: number) {
    this.stride = Math.ceil(dimension / LANES) * LANES;
    this.rowsAt = DotKernel.QUERIES * this.stride;
    this.scoresAt = this.rowsAt + DotKernel.ROWS * this.stride;
    const module = new WebAssembly.Module(Buffer.from(DOT_PRODUCT_WASM, 'base64'));
    this.exports = new WebAssembly.Instance(module).exports as Exports;
    const bytes = (this.scoresAt + DotKernel.ROWS) * FLOAT_BYTES;
    this.exports.memory.grow(Math.ceil(bytes / PAGE_BYTES));
    this.floats = new Float32Array(this.exports.memory.buffer);
  }

  loadQueries(queries: readonly Float32Array[]): void {
    this.floats.fill(0, 0, this.rowsAt);
    queries.forEach((query, index) => this.floats.set(query, index * this.stride));
  }

  /** @param rows whole rows, each `stride` numbers long */
  loadRows(rows: Float32Array): void {
    this.floats.set(rows, this.rowsAt);
  }

  /** Scores of one loaded query with the first `count` loaded rows; overwritten by the next call. */
  dots(query: number, count: number): Float32Array {
    const [queryAt, rowsAt, bytes, scoresAt] = [
      query * this.stride,
      this.rowsAt,
      this.stride,
      this.scoresAt,
    ].map((floats) => floats * FLOAT_BYTES) as [number, number, number, number];
    this.exports.dots(queryAt, rowsAt, count, bytes, scoresAt);
    return this.floats.subarray(this.scoresAt, this.scoresAt + count);
  }
}

interface Neighbour {
  readonly id: string;
  readonly score: number;
}

/** The best `limit` of what is offered, best first. */
export class NearestList {
  private readonly neighbours: Neighbour[] = [];

  constructor(private readonly limit: number) {}

  /** A score that is not above this changes nothing. */
  get bar(): number {
    if (this.limit < 1) return Infinity;
    return this.neighbours.length < this.limit ? -Infinity : this.neighbours.at(-1)!.score;
  }

  offer(neighbour: Neighbour): void {
    if (neighbour.score <= this.bar) return;
    let at = this.neighbours.length;
    while (at > 0 && this.neighbours[at - 1]!.score < neighbour.score) at--;
    this.neighbours.splice(at, 0, neighbour);
    if (this.neighbours.length > this.limit) this.neighbours.pop();
  }

  get items(): readonly Neighbour[] {
    return this.neighbours;
  }
}

interface Query {
  readonly vector: Float32Array;
  readonly limit: number;
}

/** The gallery of one tenant, laid out for exact search: one row of float32 per template. */
export class TemplateMatrix {
  private readonly ids: string[] = [];
  private readonly rows = new Map<string, number>();
  private values: Float32Array;

  /** @param kernel shared by all matrices of a dimension */
  constructor(private readonly kernel: DotKernel) {
    this.values = new Float32Array(DotKernel.ROWS * kernel.stride);
  }

  set(id: string, vector: Float32Array): void {
    const row = this.rows.get(id) ?? this.append(id);
    this.values.set(vector, row * this.kernel.stride);
  }

  /** The last row moves into the gap. */
  delete(id: string): void {
    const row = this.rows.get(id);
    if (row === undefined) return;
    const { stride } = this.kernel;
    const last = this.ids.length - 1;
    const moved = this.ids[last]!;
    this.values.copyWithin(row * stride, last * stride, (last + 1) * stride);
    this.ids[row] = moved;
    this.rows.set(moved, row);
    this.ids.pop();
    this.rows.delete(id);
  }

  /** For each query the rows with the largest dot product (the cosine, of unit vectors), best first. */
  nearest(queries: readonly Query[]): (readonly Neighbour[])[] {
    const lists = queries.map(({ limit }) => new NearestList(limit));
    for (let first = 0; first < queries.length; first += DotKernel.QUERIES) {
      const group = queries.slice(first, first + DotKernel.QUERIES);
      this.kernel.loadQueries(group.map(({ vector }) => vector));
      for (let row = 0; row < this.ids.length; row += DotKernel.ROWS) {
        this.searchBlock(row, lists.slice(first, first + group.length));
      }
    }
    return lists.map(({ items }) => items);
  }

  private searchBlock(first: number, lists: readonly NearestList[]): void {
    const { stride } = this.kernel;
    const count = Math.min(DotKernel.ROWS, this.ids.length - first);
    this.kernel.loadRows(this.values.subarray(first * stride, (first + count) * stride));
    lists.forEach((list, query) => {
      const scores = this.kernel.dots(query, count);
      for (let row = 0; row < count; row++) {
        const score = scores[row]!;
        if (score > list.bar) list.offer({ id: this.ids[first + row]!, score });
      }
    });
  }

  private append(id: string): number {
    const row = this.ids.length;
    if ((row + 1) * this.kernel.stride > this.values.length) {
      const grown = new Float32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.ids.push(id);
    this.rows.set(id, row);
    return row;
  }
}

/** A vector as the blob that libSQL's vector functions read: little-endian float32. */
export function toBlob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** A copy of its own, aligned as a Float32Array must be. */
export function fromBlob(blob: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(blob).buffer);
}
