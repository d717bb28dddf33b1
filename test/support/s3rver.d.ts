/** Types of the parts of s3rver that tests use, because the package has no types. */
declare module 's3rver' {
  import { type AddressInfo } from 'node:net';
  import { type Server } from 'node:http';

  interface KoaContext {
    query: Record<string, string | undefined>;
    body: unknown;
  }

  class S3rver {
    constructor(options: {
      port: number;
      address: string;
      silent: boolean;
      vhostBuckets: boolean;
      configureBuckets: { name: string }[];
    });
    httpServer: Server;
    store: unknown;
    context: { store: unknown };
    middleware: ((context: KoaContext, next: () => Promise<void>) => Promise<void>)[];
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
  export = S3rver;
}
