import { type ImageRef } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { recordStage } from '#shared/platform/observability/stage-timer.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { MemoryBudget } from '#vision/imaging/memory-budget.js';

/** Nearly every photograph is smaller: nobody needs to ask for its size before. */
const COMMON_BYTES = 8 * 1024 ** 2;
/** A file that comes in pieces is there twice while they are put together. */
const COPIES_WHILE_FETCHING = 2;

export interface FileLimits {
  /** Largest file, bytes. */
  readonly maxBytes: number;
  /** Bytes of files in hand at once; a larger file is fetched alone. */
  readonly memory: number;
}

/** Fetches image files for as long as they are worked on, within bounded memory. */
export class ImageFiles {
  private readonly budget: MemoryBudget;
  private busyMs = 0;

  constructor(
    private readonly stores: { get(name: string): ObjectStore },
    private readonly limits: FileLimits,
  ) {
    this.budget = new MemoryBudget(limits.memory);
  }

  /** Milliseconds spent fetching, summed over images that were fetched side by side. */
  get fetchMs(): number {
    return this.busyMs;
  }

  /**
   * Fetches a file, gives it to `use` and takes its memory back afterwards.
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

  /** @returns null for a file that is larger than `limit`, and might be fetched all the same */
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
