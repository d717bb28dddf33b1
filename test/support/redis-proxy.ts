import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { commandLabel } from './command-label.js';
import { type RespRequest, RespRequests } from './resp-requests.js';

/** The command at which a service is killed: the first one with this label. */
export interface CrashPoint {
  readonly label: string;
  /** If set, only commands after one with this label count. */
  readonly following?: string;
  /** Before Redis gets the command, or after Redis has run it. The service gets no reply in either case. */
  readonly when: 'before' | 'after';
}

export interface RedisProxy {
  readonly url: string;
  /** Labels of the commands since the last call of this method, in order. */
  takeLabels(): string[];
  /** Resolves when the point was reached and `kill` was called. No further data of the killed process is passed on. */
  arm(point: CrashPoint, kill: () => void): Promise<void>;
  close(): Promise<void>;
}

const MARKER = 'sightline-crash-marker';
const ECHO = Buffer.from(`*2\r\n$4\r\nECHO\r\n$${MARKER.length}\r\n${MARKER}\r\n`);

/**
 * A proxy between one service and Redis, which kills the service at a given command. A transaction counts as one
 * command: its EXEC.
 */
export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let labels: string[] = [];
  let armed: (CrashPoint & { ready: boolean; reached: () => void }) | null = null;

  /** @returns whether this is the command to kill at */
  function count(label: string): boolean {
    labels.push(label);
    if (!armed) return false;
    if (armed.ready && armed.label === label) return true;
    armed.ready ||= armed.following === label;
    return false;
  }

  function serve(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    const requests = new RespRequests();
    let transaction: string[] | null = null;
    let dead = false;
    let answers = Buffer.alloc(0);

    function labelOf(request: RespRequest): string | null {
      const label = commandLabel(request.words);
      if (label === 'MULTI') transaction = [];
      else if (label === 'EXEC' && transaction) {
        const whole = `MULTI ${summary(transaction)}`;
        transaction = null;
        return whole;
      } else if (transaction) transaction.push(label);
      else return label;
      return null;
    }

    function killed(): void {
      const { reached } = armed!;
      armed = null;
      upstream.destroy();
      reached();
    }

    client.on('data', (chunk: Buffer) => {
      for (const request of requests.take(chunk)) {
        if (dead) return;
        const label = labelOf(request);
        if (label === null || !count(label)) {
          upstream.write(request.bytes);
          continue;
        }
        dead = true;
        if (armed!.when === 'before') killed();
        else upstream.write(Buffer.concat([request.bytes, ECHO]));
      }
    });
    upstream.on('data', (chunk: Buffer) => {
      if (!dead) {
        client.write(chunk);
        return;
      }
      answers = Buffer.concat([answers, chunk]);
      if (answers.includes(MARKER)) killed();
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  }

  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeLabels() {
      const taken = labels;
      labels = [];
      return taken;
    },
    arm(point, kill) {
      return new Promise((resolve) => {
        const reached = () => {
          kill();
          resolve();
        };
        armed = { ...point, ready: point.following === undefined, reached };
      });
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Label of a transaction, made of its commands. */
function summary(labels: readonly string[]): string {
  const kinds = [...new Set(labels)];
  return kinds.join(' + ');
}
