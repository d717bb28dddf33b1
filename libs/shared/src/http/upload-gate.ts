import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { backpressure } from './backpressure.js';

export interface UploadLimits {
  /** Requests with images in hand at once. */
  readonly requests: number;
  /** Bytes of their bodies, which are held in memory until they are answered. */
  readonly bytes: number;
  /** Counted for a request that does not say how long it is, bytes. */
  readonly longestBody: number;
}

export const UPLOAD_LIMITS = Symbol('upload limits');

const RETRY_AFTER_SECONDS = 1;

/**
 * Lets in only as many requests with images as fit into memory, before anything of their bodies is read.
 * Errors: BACKPRESSURE (503).
 */
@Injectable()
export class UploadGate implements CanActivate {
  private requests = 0;
  private bytes = 0;

  constructor(@Inject(UPLOAD_LIMITS) private readonly limits: UploadLimits) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const length = Number(http.getRequest<Request>().headers['content-length'] ?? NaN);
    const bytes = Number.isFinite(length) ? length : this.limits.longestBody;
    // Alone, the longest body is taken however little the limit is.
    const fits = this.requests === 0 || this.bytes + bytes <= this.limits.bytes;
    if (!fits || this.requests >= this.limits.requests) {
      throw backpressure(`${this.requests} images are being answered already`, RETRY_AFTER_SECONDS);
    }
    this.requests += 1;
    this.bytes += bytes;
    http.getResponse<Response>().once('close', () => {
      this.requests -= 1;
      this.bytes -= bytes;
    });
    return true;
  }
}
