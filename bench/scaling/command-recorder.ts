import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { commandLabel } from '../../test/support/command-label.js';
import { waitUntil } from '../../test/support/wait-until.js';
import { parseMonitorLine } from './monitor-line.js';
import { encodeCommand, replayable } from './replayable.js';

export interface RecordedCommand {
  /** As of commandLabel. */
  readonly label: string;
  /** As one connection can send it after the others. */
  readonly bytes: Buffer;
}

const MARK = 'sightline-recorder-';

/** Writes down what all clients of a redis-server send, in the order in which it ran it. */
export class CommandRecorder {
  private commands: RecordedCommand[] = [];
  private marks = 0;
  private seenMarks = 0;
  private rest = '';

  private constructor(
    private readonly monitor: Socket,
    private readonly control: Socket,
  ) {
    // Its answers are read as nobody needs them.
    control.resume();
    monitor.on('data', (chunk: Buffer) => this.take(chunk.toString('latin1')));
  }

  static async start(redisUrl: string): Promise<CommandRecorder> {
    const { port, hostname } = new URL(redisUrl);
    const open = async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      return socket;
    };
    const recorder = new CommandRecorder(await open(), await open());
    recorder.monitor.write('MONITOR\r\n');
    // A mark that comes through: it listens.
    await recorder.cut();
    return recorder;
  }

  /** What has been recorded since the last cut. */
  async cut(): Promise<RecordedCommand[]> {
    const mark = ++this.marks;
    await waitUntil('the recorder', () => {
      if (this.seenMarks < mark) this.control.write(`ECHO ${MARK}${mark}\r\n`);
      return this.seenMarks >= mark;
    });
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  close(): void {
    this.monitor.destroy();
    this.control.destroy();
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\r\n');
    this.rest = lines.pop()!;
    for (const line of lines) this.takeLine(line);
  }

  private takeLine(line: string): void {
    const words = parseMonitorLine(line);
    if (!words) return;
    const text = words.slice(0, 4).map((word) => word.toString());
    if (text[1]?.startsWith(MARK)) {
      this.seenMarks = Number(text[1].slice(MARK.length));
      return;
    }
    const command = replayable(words);
    if (!command) return;
    this.commands.push({ label: commandLabel(text), bytes: encodeCommand(command) });
  }
}
