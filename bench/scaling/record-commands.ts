import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { commandLabel } from '../../test/support/command-label.js';
import { type ScalingBed } from '../../test/support/scaling-bed.js';
import { waitUntil } from '../../test/support/wait-until.js';
import { measureRun, type RunFigures, type RunOptions } from './measure-run.js';

/** The commands that the services sent to Redis for some images. */
export interface Recording {
  /** Results of the run. It is slower than without recording, which costs Redis as much as the commands. */
  readonly run: RunFigures;
  /** Commands before the measured images: scripts, enrolments and the warm-up. */
  readonly before: readonly RecordedCommand[];
  /** Commands of the measured images. */
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

export interface RecordedCommand {
  /** See commandLabel. */
  readonly label: string;
  /** In a form that can be sent over a single connection. */
  readonly bytes: Buffer;
}

const MARK = 'sightline-recorder-';

/** Records the commands of all clients of a redis-server, in the order of their execution. */
class CommandRecorder {
  private commands: RecordedCommand[] = [];
  private marks = 0;
  private seenMarks = 0;
  private rest = '';

  private constructor(
    private readonly monitor: Socket,
    private readonly control: Socket,
  ) {
    // The replies are read and discarded.
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
    // When the mark arrives, MONITOR is active.
    await recorder.cut();
    return recorder;
  }

  /** Returns the commands since the last call. */
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

/** `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`, or `[0 lua]` for a command inside a script. */
const LINE = /^\+?\d+\.\d+ \[\d+ ([^\]]+)\] /;
const WORD = /"((?:[^"\\]|\\.)*)"/g;
const ESCAPED = /\\(x[0-9a-f]{2}|.)/g;

const CONTROL: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
};

/**
 * The command of one line of MONITOR, byte for byte. Null for a command inside a script and for other lines.
 * https://redis.io/docs/latest/commands/monitor/, escapes as of Redis' sdscatrepr.
 */
export function parseMonitorLine(line: string): Buffer[] | null {
  const head = LINE.exec(line);
  if (!head || head[1] === 'lua') return null;
  return [...line.slice(head[0].length).matchAll(WORD)].map(([, word]) =>
    Buffer.from(unescape(word!), 'latin1'),
  );
}

function unescape(word: string): string {
  if (!word.includes('\\')) return word;
  return word.replaceAll(ESCAPED, (_, escape: string) =>
    escape.length === 3
      ? String.fromCharCode(parseInt(escape.slice(1), 16))
      : (CONTROL[escape] ?? escape),
  );
}

/**
 * Commands that are not replayed: commands about the connection, periodic commands that do not depend on images, and
 * XREAD, whose ids come from the clock of the recorded server, so that it would read whole streams.
 */
const LEFT_OUT = new Set([
  'auth',
  'client',
  'command',
  'config',
  'echo',
  'hello',
  'info',
  'monitor',
  'ping',
  'quit',
  'select',
  'xread',
]);

/**
 * Converts a recorded command for a single connection: a blocking command becomes one that does not block. A marker
 * that a worker would have waited for then stays in its set, where the next marker is equal.
 * @returns null for a command that is not replayed
 */
export function replayable(words: readonly Buffer[]): Buffer[] | null {
  const name = words[0]!.toString().toLowerCase();
  if (LEFT_OUT.has(name)) return null;
  if (name === 'bzpopmin') return [Buffer.from('zpopmin'), words[1]!];
  if (name !== 'xreadgroup') return [...words];
  const block = words.findIndex((word) => word.toString().toLowerCase() === 'block');
  return block < 0 ? [...words] : words.filter((_, i) => i !== block && i !== block + 1);
}

/** Encodes a command as a client does. */
export function encodeCommand(words: readonly Buffer[]): Buffer {
  const parts = words.flatMap((word) => [
    Buffer.from(`$${word.length}\r\n`),
    word,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}
