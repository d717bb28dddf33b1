import {
  Injectable,
  mixin,
  PayloadTooLargeException,
  type CallHandler,
  type ExecutionContext,
  HttpException,
  type NestInterceptor,
  type Type,
  Inject,
  type CanActivate,
} from '@nestjs/common';
import { FileFieldsInterceptor } from '@nestjs/platform-express';
import { type Request, type Response } from 'express';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { backpressure } from './error.filter.js';

/** What Multer keeps of a file in memory. */
export interface UploadedFile {
  readonly buffer: Buffer;
  /** Bytes. */
  readonly size: number;
  /** As the client says. */
  readonly mimetype: string;
}

/** Files of a multipart request by field name. */
export type ImageFiles = Partial<Record<string, UploadedFile[]>>;

/** Limits for MulterModule.register: one image per field, a few short text fields beside them. */
export function imageUploadLimits(maxBytes: number) {
  return {
    limits: {
      fileSize: maxBytes,
      files: 4,
      fields: 16,
      parts: 20,
      headerPairs: 16,
      fieldNameSize: 64,
      fieldSize: 4096,
      fieldNestingDepth: 1,
    },
  };
}

/**
 * Takes multipart/form-data with at most one file in each of the named fields.
 * Errors: IMAGE_TOO_LARGE (413), UPLOAD_INVALID (400).
 */
export function ImageFields(...names: string[]): Type<NestInterceptor> {
  const Fields = FileFieldsInterceptor(names.map((name) => ({ name, maxCount: 1 })));

  @Injectable()
  class ImageFieldsInterceptor extends Fields {
    override async intercept(context: ExecutionContext, next: CallHandler) {
      try {
        return await super.intercept(context, next);
      } catch (error) {
        throw uploadError(error);
      }
    }
  }
  return mixin(ImageFieldsInterceptor);
}

/** @throws PipelineError IMAGE_MISSING or IMAGE_EMPTY (400) */
export function requireImage(files: ImageFiles | undefined, field: string): UploadedFile {
  const file = files?.[field]?.[0];
  if (!file) {
    throw badUpload('IMAGE_MISSING', `send multipart/form-data with an image in field ${field}`);
  }
  if (file.size === 0) throw badUpload('IMAGE_EMPTY', `the image in field ${field} has no bytes`);
  return file;
}

function uploadError(error: unknown): unknown {
  if (error instanceof PayloadTooLargeException) {
    const field = (error.cause as { field?: string } | undefined)?.field ?? 'image';
    return badUpload('IMAGE_TOO_LARGE', `the image in field ${field} is too large`, 413);
  }
  if (error instanceof HttpException && error.getStatus() < 500) {
    return badUpload('UPLOAD_INVALID', error.message, error.getStatus());
  }
  return error;
}

function badUpload(code: string, message: string, httpStatus = 400): PipelineError {
  return new PipelineError(code, message, { stage: 'query', class: 'quarantine', httpStatus });
}

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
