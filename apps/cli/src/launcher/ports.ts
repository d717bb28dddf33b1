import { createServer, type AddressInfo } from 'node:net';
import { usageError } from '#shared/contracts/pipeline-error.js';

/** Chooses ports for the services that the launcher starts. No port is given out twice. */
export class Ports {
  private readonly taken = new Set<number>();

  constructor(private readonly host: string) {}

  /**
   * Takes the port that the user chose.
   * @param service named in the error message
   * @throws PipelineError PORT_TAKEN
   */
  async exactly(port: number, service: string): Promise<number> {
    if (this.taken.has(port) || (await this.probe(port)) === null) {
      throw usageError('PORT_TAKEN', `port ${port} for ${service} is in use; choose another port`);
    }
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

  /** Port 0 asks the system for any free port. Null if the port is in use. */
  private probe(port: number): Promise<number | null> {
    return new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen(port, this.host, () => {
        const found = (server.address() as AddressInfo).port;
        server.close(() => resolve(found));
      });
    });
  }
}
