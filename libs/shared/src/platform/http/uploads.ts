import {
  type CallHandler,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Global,
  HttpException,
  Injectable,
  mixin,
  Module,
  type NestInterceptor,
  PayloadTooLargeException,
  type Type,
} from '@nestjs/common';
import { FileFieldsInterceptor, MulterModule } from '@nestjs/platform-express';
import { type Request, type Response } from 'express';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { backpressure } from './error.filter.js';

/** What Multer keeps of a file in memory. */
export interface UploadedFile {
  readonly buffer: Buffer;
  /** Bytes. */
  readonly size: number;
  /** As sent by the client. */
  readonly mimetype: string;
}

/** Files of a multipart request by field name. */
export type ImageFiles = Partial<Record<string, UploadedFile[]>>;

/** For Multer: one image per field, and a few short text fields. */
function multerOptions(maxBytes: number) {
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

/**
 * The content type to store an image with. The client's value is used only if it looks like an image type:
 * anything else might be shown as a page when the object is served.
 */
export function imageContentType({ mimetype }: UploadedFile): string {
  return /^image\/[a-z0-9.+-]+$/i.test(mimetype) ? mimetype : 'application/octet-stream';
}

interface UploadLimits {
  /** Maximum number of uploads in progress. */
  readonly requests: number;
  /** Maximum size of their bodies together, bytes. Bodies stay in memory until the request is answered. */
  readonly bytes: number;
  /** Size to assume for a request without a content length, bytes. */
  readonly longestBody: number;
}

const RETRY_AFTER_SECONDS = 1;

/** Counts the uploads in progress of the whole service. */
class UploadBudget {
  private requests = 0;
  private bytes = 0;

  constructor(private readonly limits: UploadLimits) {}

  /**
   * @param contentLength bytes; undefined if the client does not state it
   * @returns a function to call when the request is over
   * @throws PipelineError BACKPRESSURE (503)
   */
  take(contentLength: number | undefined): () => void {
    const bytes = contentLength ?? this.limits.longestBody;
    // A single upload is always admitted, even if it is larger than the limit.
    const fits = this.requests === 0 || this.bytes + bytes <= this.limits.bytes;
    if (!fits || this.requests >= this.limits.requests) {
      throw backpressure(`${this.requests} uploads are in progress already`, RETRY_AFTER_SECONDS);
    }
    this.requests += 1;
    this.bytes += bytes;
    return () => {
      this.requests -= 1;
      this.bytes -= bytes;
    };
  }
}

/**
 * Admits an upload only while the total size of uploads in progress fits the memory limit. Runs before the
 * body is read. Nest makes one guard per module; they share the budget.
 */
@Injectable()
export class UploadGate implements CanActivate {
  constructor(private readonly budget: UploadBudget) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const length = Number(http.getRequest<Request>().headers['content-length'] ?? NaN);
    const release = this.budget.take(Number.isFinite(length) ? length : undefined);
    http.getResponse<Response>().once('close', release);
    return true;
  }
}

interface UploadConfig {
  readonly MAX_UPLOAD_BYTES: number;
  readonly UPLOADS_AT_ONCE: number;
  readonly UPLOAD_MEMORY_BYTES: number;
}

/** Upload limits for every feature that uses ImageFields and UploadGate. */
@Global()
@Module({})
export class UploadsModule {
  /** @param imagesPerRequest maximum number of images that a request may contain */
  static forRoot(config: UploadConfig, imagesPerRequest: number): DynamicModule {
    const multer = MulterModule.register(multerOptions(config.MAX_UPLOAD_BYTES));
    const budget = new UploadBudget({
      requests: config.UPLOADS_AT_ONCE,
      bytes: config.UPLOAD_MEMORY_BYTES,
      longestBody: imagesPerRequest * config.MAX_UPLOAD_BYTES,
    });
    return {
      module: UploadsModule,
      imports: [multer],
      providers: [{ provide: UploadBudget, useValue: budget }],
      exports: [multer, UploadBudget],
    };
  }
}
