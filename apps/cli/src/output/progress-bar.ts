import { SingleBar } from 'cli-progress';
import { describeProgress, formatSeconds, type Progress } from './progress.js';

/** How often progress is printed where there is no terminal to draw on, milliseconds. */
const LINE_EVERY_MS = 5_000;

/** Progress of an import: a bar on a terminal, a line now and then elsewhere. On stderr. */
export class ProgressBar {
  private readonly bar: SingleBar | null;
  private lastLine = Date.now();

  constructor() {
    this.bar = process.stderr.isTTY
      ? new SingleBar({
          format:
            '  {bar} {value}/{total} images  {imagesPerSecond} images/s  {facesPerSecond} faces/s  time left {left}',
          barsize: 30,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
        })
      : null;
    this.bar?.start(0, 0, { imagesPerSecond: '0', facesPerSecond: '0', left: '–' });
  }

  update(progress: Progress): void {
    if (this.bar) {
      this.bar.setTotal(progress.total);
      this.bar.update(progress.done, {
        imagesPerSecond: progress.imagesPerSecond.toFixed(1),
        facesPerSecond: progress.facesPerSecond.toFixed(1),
        left: formatSeconds(progress.secondsLeft),
      });
    } else if (Date.now() - this.lastLine > LINE_EVERY_MS) {
      this.lastLine = Date.now();
      console.error(`  ${describeProgress(progress)}`);
    }
  }

  stop(): void {
    this.bar?.stop();
  }
}
