import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { CommandRecorder, type RecordedCommand } from './command-recorder.js';
import { measureRun, type RunFigures, type RunOptions } from './measure-run.js';

/** What the services sent Redis for some images. */
export interface Recording {
  /** Slower than without the recorder, which costs Redis about as much as the commands. */
  readonly run: RunFigures;
  /** From an empty Redis to the first image: scripts, enrolments, images that warmed the services up. */
  readonly before: readonly RecordedCommand[];
  /** Of the images. */
  readonly during: readonly RecordedCommand[];
}

export async function recordRun(options: RunOptions): Promise<Recording> {
  let recorder: CommandRecorder | undefined;
  let before: RecordedCommand[] = [];
  let during: RecordedCommand[] = [];
  const beside = async (bed: ScalingBed) => {
    const end = await options.beside?.(bed);
    before = await recorder!.cut();
    return async () => {
      await end?.();
      during = await recorder!.cut();
    };
  };
  try {
    const run = await measureRun({
      ...options,
      prepare: async (redis) => {
        await options.prepare?.(redis);
        const { host, port } = redis.options;
        recorder = await CommandRecorder.start(`redis://${host}:${port}`);
      },
      beside,
    });
    return { run, before, during };
  } finally {
    recorder?.close();
  }
}
