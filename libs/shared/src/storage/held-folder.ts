import { constants } from 'node:fs';
import { mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * A folder held open, so that what is done through it happens in this very folder, whatever links are
 * put in the place of its path meanwhile.
 */
export class HeldFolder {
  private constructor(
    private readonly handle: FileHandle,
    /** Where it really lies, asked after it was opened. */
    readonly real: string,
    /** To reach its entries by. Linux has paths that stand for open files; elsewhere it is `real`. */
    readonly path: string,
  ) {}

  /** @param folder followed but for its last part */
  static async open(folder: string): Promise<HeldFolder> {
    const handle = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      if (process.platform !== 'linux') {
        const real = await realpath(folder);
        return new HeldFolder(handle, real, real);
      }
      const held = `/proc/self/fd/${handle.fd}`;
      return new HeldFolder(handle, await readlink(held), held);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A folder in this one, made if it is missing; a link is none. */
  async descend(name: string): Promise<HeldFolder> {
    const folder = path.join(this.path, name);
    await mkdir(folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    return HeldFolder.open(folder);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
