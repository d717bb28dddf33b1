import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { usageError } from '#shared/contracts/pipeline-error.js';
import {
  endProcess,
  identify,
  isRunning,
  processIdentitySchema,
} from '#shared/platform/runtime/process-identity.js';
import { writeFileWhole } from '#shared/platform/storage/folder-files.js';
import { prepareDataFolder } from './data-folder.js';

const ORPHAN_STOP_TIMEOUT_MS = 20_000;

const runningSchema = z.object({
  launcher: processIdentitySchema,
  /** Processes that the launcher started, in the order of stopping. */
  children: z.array(processIdentitySchema).default([]),
  urls: z
    .object({ ingest: z.string(), embedder: z.string(), matcher: z.string() })
    .nullable()
    .default(null),
  /** Id of this run of the launcher, which the services accept requests for. */
  instance: z.string().default(''),
});
export type Running = z.infer<typeof runningSchema>;

/**
 * `running.json` in the data folder. It is a lock, so that only one launcher uses the folder, and it tells
 * other commands the addresses of the services.
 */
export class RunningFile {
  private constructor(private readonly file: string) {}

  static at(dataDir: string): RunningFile {
    return new RunningFile(path.join(dataDir, 'running.json'));
  }

  /**
   * Locks the folder for this process. First stops the processes that a killed launcher left running.
   * @throws PipelineError DATA_IN_USE if another launcher uses the folder, DATA_DIR_UNUSABLE, DISK_FULL
   */
  async take(): Promise<void> {
    await prepareDataFolder(path.dirname(this.file));
    const mine: Running = {
      launcher: identify(process.pid),
      children: [],
      urls: null,
      instance: '',
    };
    while (!(await this.create(mine))) {
      const other = await this.read();
      if (other && isRunning(other.launcher)) {
        throw usageError(
          'DATA_IN_USE',
          `process ${other.launcher.pid} already runs Sightline on ${path.dirname(this.file)}; ` +
            'stop it, or choose another folder with SIGHTLINE_DATA_DIR',
        );
      }
      for (const child of other?.children ?? []) await endProcess(child, ORPHAN_STOP_TIMEOUT_MS);
      await this.removeStale();
    }
  }

  /** The content of the file, or null if its launcher is not running. */
  async readLive(): Promise<Running | null> {
    const running = await this.read();
    return running && isRunning(running.launcher) ? running : null;
  }

  async write(running: Running): Promise<void> {
    const draft = `${this.file}.new`;
    await writeFile(draft, JSON.stringify(running, null, 2), { mode: 0o600 });
    await rename(draft, this.file);
  }

  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }

  /** The file appears with its content, so that nobody takes it for one that a killed launcher left. */
  private async create(running: Running): Promise<boolean> {
    try {
      await writeFileWhole(this.file, Buffer.from(JSON.stringify(running)), false);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Removes the file of a launcher that has ended, and not one that another launcher has just created. */
  private async removeStale(): Promise<void> {
    const aside = `${this.file}.${process.pid}`;
    try {
      await rename(this.file, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const found = await this.read(aside);
    if (found && isRunning(found.launcher)) await link(aside, this.file).catch(() => undefined);
    await rm(aside, { force: true });
  }

  private async read(file = this.file): Promise<Running | null> {
    try {
      return runningSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return null;
    }
  }
}
