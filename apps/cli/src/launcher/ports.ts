import { createServer, type AddressInfo } from 'node:net';
import { usageError } from '#shared/contracts/pipeline-error.js';

/**
 * Proposes ports for the processes that the launcher starts. No port is proposed twice. Another program can take a
 * proposed port before the process binds it, so what counts is what the process says.
 */
export class Ports {
  private readonly taken = new Set<number>();

  constructor(private readonly host: string) {}

  /**
   * Takes the port that the user chose.
   * @param service named in the error message
   * @throws PipelineError PORT_TAKEN
   */
  async exactly(port: number, service: string): Promise<number> {
    if (this.taken.has(port) || (await this.probe(port)) === null) throw portTaken(port, service);
    this.taken.add(port);
    return port;
  }

  /** Takes `preferred` if it is free, otherwise any free port. */
  async near(preferred: number): Promise<number> {
    let port = this.taken.has(preferred) ? null : await this.probe(preferred);
    while (port === null || this.taken.has(port)) port = await this.probe(0);
    this.taken.add(port);
    return port;
  }

  /**
   * Takes the first free port from `first` on. Such a port stays free while a process is restarted; one that the
   * system chooses can become the local port of any connection meanwhile.
   */
  async from(first: number): Promise<number> {
    for (let port = first; port < first + NEIGHBOURS; port++) {
      if (this.taken.has(port) || (await this.probe(port)) === null) continue;
      this.taken.add(port);
      return port;
    }
    return this.near(0);
  }

  /**
   * Port 0 asks the system for any free port. Null if the port is in use or reserved for root.
   * @throws PipelineError HOST_INVALID
   */
  private probe(port: number): Promise<number | null> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
        if (code === 'EADDRINUSE' || code === 'EACCES') resolve(null);
        else reject(usageError('HOST_INVALID', `cannot listen on ${this.host}: ${message}`));
      });
      server.listen(port, this.host, () => {
        const found = (server.address() as AddressInfo).port;
        server.close(() => resolve(found));
      });
    });
  }
}

const NEIGHBOURS = 200;

export function portTaken(port: number, service: string) {
  return usageError('PORT_TAKEN', `port ${port} for ${service} is in use; choose another port`);
}
