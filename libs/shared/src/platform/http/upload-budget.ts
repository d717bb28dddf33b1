import { type Request, type Response } from 'express';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { tenantOf } from './access.js';
import { backpressure } from './error.filter.js';

interface UploadLimits {
  /** Maximum number of uploads in progress. */
  readonly requests: number;
  /** Maximum size of their images together, bytes. Images stay in memory until the request is answered. */
  readonly bytes: number;
  /** Longest request that may be valid, bytes. */
  readonly longestBody: number;
  /** Whether several tenants share the limits. */
  readonly isShared: boolean;
}

/** Uploads in progress: of one tenant, or of all. */
interface Use {
  requests: number;
  bytes: number;
}

const RETRY_AFTER_SECONDS = 1;

/**
 * Counts the uploads in progress of the whole service, by what has arrived and not by what was announced.
 * Where tenants share the limits, a tenant may use as much as it leaves free: one alone a half, two a third
 * each, and so on. So there is always a share for the next tenant, and no share is fixed.
 */
export class UploadBudget {
  private readonly all: Use = { requests: 0, bytes: 0 };
  private readonly byTenant = new Map<string, Use>();
  private readonly uploads = new WeakMap<Request, { readonly tenant: Use; bytes: number }>();

  constructor(private readonly limits: UploadLimits) {}

  /**
   * Admits an upload until its response is closed.
   * @param announced bytes of its body; undefined if the client does not state them
   * @throws PipelineError IMAGE_TOO_LARGE (413), BACKPRESSURE (503)
   */
  admit(request: Request, response: Response, announced: number | undefined): void {
    const { longestBody } = this.limits;
    if (announced !== undefined && announced > longestBody) {
      endSoon(request);
      throw badUpload('IMAGE_TOO_LARGE', `the request is longer than ${longestBody} bytes`, 413);
    }
    const name = tenantOf(request);
    const tenant = this.byTenant.get(name) ?? { requests: 0, bytes: 0 };
    const isOnly = this.all.requests === 0;
    // A request that cannot fit is refused before it is sent; only bytes that arrive are counted.
    const fits = this.fits('requests', tenant, 1) && this.fits('bytes', tenant, announced ?? 0);
    if (!isOnly && !fits) {
      throw tooManyUploads(`${this.all.requests} uploads are in progress already`);
    }
    this.byTenant.set(name, tenant);
    this.uploads.set(request, { tenant, bytes: 0 });
    for (const use of [this.all, tenant]) use.requests += 1;
    response.once('close', () => {
      this.release(request);
      for (const use of [this.all, tenant]) use.requests -= 1;
      if (tenant.requests === 0) this.byTenant.delete(name);
    });
  }

  /** Counts bytes that have arrived. @returns false when they exceed the limit; then they are not counted */
  count(request: Request, bytes: number): boolean {
    const upload = this.uploads.get(request);
    if (!upload) throw new Error('an upload that was not admitted');
    // A single upload is always accepted, even if it is larger than the limit.
    if (this.all.requests > 1 && !this.fits('bytes', upload.tenant, bytes)) return false;
    upload.bytes += bytes;
    for (const use of [this.all, upload.tenant]) use.bytes += bytes;
    return true;
  }

  /** The request's bytes are no longer in memory. */
  release(request: Request): void {
    const upload = this.uploads.get(request);
    if (!upload) return;
    for (const use of [this.all, upload.tenant]) use.bytes -= upload.bytes;
    upload.bytes = 0;
  }

  private fits(what: 'requests' | 'bytes', tenant: Use, more: number): boolean {
    const left = this.limits[what] - this.all[what] - more;
    return left >= 0 && (!this.limits.isShared || tenant[what] + more <= left);
  }
}

export function tooManyUploads(problem: string): PipelineError {
  return backpressure(problem, RETRY_AFTER_SECONDS);
}

/** Time for a client to read the answer to a request that is not read, milliseconds. */
const LAST_WORDS_MS = 2_000;

/** Closes the connection of a request whose body is not read. */
function endSoon(request: Request): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, LAST_WORDS_MS);
  timer.unref();
}

export function badUpload(code: string, message: string, httpStatus = 400): PipelineError {
  return new PipelineError(code, message, { stage: 'query', class: 'quarantine', httpStatus });
}
