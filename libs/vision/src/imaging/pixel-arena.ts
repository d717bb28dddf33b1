/** A part of the arena that is allocated until it is released. */
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
 * One block of shared memory for decoded images. Inference threads read it directly, without a copy,
 * and the memory of images in progress never exceeds the arena. First-fit allocation; waiting requests
 * are served in order.
 */
export class PixelArena {
  readonly memory: SharedArrayBuffer;
  /** Free parts, sorted by offset; adjacent ones are merged. */
  private free: PixelSlot[];
  private readonly waiting: Waiter[] = [];

  constructor(bytes: number) {
    this.memory = new SharedArrayBuffer(bytes);
    this.free = [{ offset: 0, bytes }];
  }

  get freeBytes(): number {
    return this.free.reduce((sum, part) => sum + part.bytes, 0);
  }

  /** Resolves once there is room. @throws RangeError when the request is larger than the arena */
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
    const index = this.free.findIndex((part) => part.bytes >= bytes);
    if (index < 0) return undefined;
    const { offset, bytes: size } = this.free[index]!;
    const rest = size > bytes ? [{ offset: offset + bytes, bytes: size - bytes }] : [];
    this.free.splice(index, 1, ...rest);
    return { offset, bytes };
  }
}

function merge(parts: readonly PixelSlot[]): PixelSlot[] {
  const merged: PixelSlot[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (last && last.offset + last.bytes === part.offset) {
      merged[merged.length - 1] = { offset: last.offset, bytes: last.bytes + part.bytes };
    } else {
      merged.push(part);
    }
  }
  return merged;
}
