import { createServer, type AddressInfo } from 'node:net';
import { cliError } from '../cli-error.js';

/** Finds ports for services that are about to start; hands out none twice. */
export class Ports {
  private readonly taken = new Set<number>();

  constructor(private readonly host: string) {}

  /** The port asked for. @throws PipelineError PORT_TAKEN */
  async exactly(port: number, what: string): Promise<number> {
    if (this.taken.has(port) || (await this.probe(port)) === null) {
      throw cliError('PORT_TAKEN', `port ${port} for ${what} is in use; give another one`);
    }
    this.taken.add(port);
    return port;
  }

  /** `favourite` when it is free, else any free port. */
  async near(favourite: number): Promise<number> {
    let port = this.taken.has(favourite) ? null : await this.probe(favourite);
    while (port === null || this.taken.has(port)) port = await this.probe(0);
    this.taken.add(port);
    return port;
  }

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
