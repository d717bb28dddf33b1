/** A stretch of the arena that is somebody's until released. */
export interface PixelSlot {
  /** Bytes from the start of the arena. */
  readonly offset: number;
  readonly bytes: number;
}

interface Waiter {
  readonly bytes: number;
  readonly grant: (slot: PixelSlot) => void;
}

/**
 * One block of shared memory that decoded images lie in while inference threads read them: nothing
 * is copied to a thread, and pixels in flight never exceed the arena. First fit, and those who wait
 * are served in order.
 */
export class PixelArena {
  readonly memory: SharedArrayBuffer;
  /** Free stretches by offset; neighbours are merged. */
  private free: PixelSlot[];
  private readonly waiting: Waiter[] = [];

  constructor(bytes: number) {
    this.memory = new SharedArrayBuffer(bytes);
    this.free = [{ offset: 0, bytes }];
  }

  get freeBytes(): number {
    return this.free.reduce((sum, stretch) => sum + stretch.bytes, 0);
  }

  /** Resolves once there is room. @throws RangeError when there never will be */
  async allocate(bytes: number): Promise<PixelSlot> {
    if (bytes > this.memory.byteLength) {
      throw new RangeError(`${bytes} bytes do not fit an arena of ${this.memory.byteLength}`);
    }
    const slot = this.waiting.length === 0 ? this.take(bytes) : undefined;
    return slot ?? new Promise((grant) => this.waiting.push({ bytes, grant }));
  }

  release(slot: PixelSlot): void {
    this.free = merge([...this.free, slot].sort((a, b) => a.offset - b.offset));
    while (this.waiting.length > 0) {
      const granted = this.take(this.waiting[0]!.bytes);
      if (!granted) return;
      this.waiting.shift()!.grant(granted);
    }
  }

  private take(bytes: number): PixelSlot | undefined {
    const index = this.free.findIndex((stretch) => stretch.bytes >= bytes);
    if (index < 0) return undefined;
    const { offset, bytes: size } = this.free[index]!;
    const rest = size > bytes ? [{ offset: offset + bytes, bytes: size - bytes }] : [];
    this.free.splice(index, 1, ...rest);
    return { offset, bytes };
  }
}

function merge(stretches: readonly PixelSlot[]): PixelSlot[] {
  const merged: PixelSlot[] = [];
  for (const stretch of stretches) {
    const last = merged.at(-1);
    if (last && last.offset + last.bytes === stretch.offset) {
      merged[merged.length - 1] = { offset: last.offset, bytes: last.bytes + stretch.bytes };
    } else {
      merged.push(stretch);
    }
  }
  return merged;
}
