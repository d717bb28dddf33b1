import { type ImageRef } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { recordStage } from '#shared/platform/observability/stage-timer.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { MemoryBudget } from '#vision/imaging/memory-budget.js';

/** Nearly every photograph is smaller, so it is fetched without asking for its size first. */
const COMMON_BYTES = 8 * 1024 ** 2;
/** While its parts are joined, a file is in memory twice. */
const COPIES_WHILE_FETCHING = 2;

export interface FileLimits {
  /** Maximum size of a file, bytes. */
  readonly maxBytes: number;
  /** Maximum size of all files in memory together, bytes. A larger file is fetched alone. */
  readonly memory: number;
}

/** Fetches image files and keeps them only while they are used, within a memory limit. */
export class ImageFiles {
  private readonly budget: MemoryBudget;
  private busyMs = 0;

  constructor(
    private readonly stores: { get(name: string): ObjectStore },
    private readonly limits: FileLimits,
  ) {
    this.budget = new MemoryBudget(limits.memory);
  }

  /** Milliseconds spent fetching: the sum over all images, also those fetched at the same time. */
  get fetchMs(): number {
    return this.busyMs;
  }

  /**
   * Fetches a file, passes it to `use` and then frees its memory.
   * @param deadline milliseconds since the epoch
   * @throws PipelineError OBJECT_* or STORE_UNAVAILABLE
   */
  async withFile<T>(
    image: ImageRef,
    deadline: number | undefined,
    use: (bytes: Buffer) => Promise<T>,
  ): Promise<T> {
    const { maxBytes } = this.limits;
    const common = Math.min(COMMON_BYTES, maxBytes);
    const done = await this.work(common, common, image, deadline, use);
    if (done) return done.result;
    const { size } = await this.stores.get(image.store).stat(image.key);
    return (await this.work(Math.min(size, maxBytes), maxBytes, image, deadline, use))!.result;
  }

  /** @returns null for a file that is larger than `limit` but not than the maximum size */
  private async work<T>(
    expected: number,
    limit: number,
    image: ImageRef,
    deadline: number | undefined,
    use: (bytes: Buffer) => Promise<T>,
  ): Promise<{ result: T } | null> {
    return this.budget.run(COPIES_WHILE_FETCHING * expected, async (keep) => {
      const bytes = await this.fetch(image, limit, deadline);
      if (!bytes) return null;
      keep(bytes.length);
      return { result: await use(bytes) };
    });
  }

  private async fetch(
    { store, key, version }: ImageRef,
    maxBytes: number,
    deadline: number | undefined,
  ): Promise<Buffer | null> {
    const left = deadline === undefined ? undefined : Math.max(0, deadline - Date.now());
    const signal = left === undefined ? undefined : AbortSignal.timeout(left);
    const start = performance.now();
    try {
      return await this.stores
        .get(store)
        .get(key, { maxBytes, version, ...(signal && { signal }) });
    } catch (error) {
      const isLarger = error instanceof PipelineError && error.code === 'OBJECT_TOO_LARGE';
      if (isLarger && maxBytes < this.limits.maxBytes) return null;
      throw error;
    } finally {
      const ms = performance.now() - start;
      this.busyMs += ms;
      recordStage('fetch', ms);
    }
  }
}
