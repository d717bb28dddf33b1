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
import { type Readable } from 'node:stream';
import { badUpload, tooManyUploads, UploadBudget } from './upload-budget.js';

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
function multerOptions(maxBytes: number, budget: UploadBudget) {
  return {
    storage: new CountedMemory(budget),
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

/** Bytes of a multipart request besides its images. */
const MAX_FORM_BYTES = 128 * 1024;

/** Keeps files in memory, as Multer's own storage does, and counts their bytes as they arrive. */
class CountedMemory {
  constructor(private readonly budget: UploadBudget) {}

  _handleFile(
    request: Request,
    { stream }: { readonly stream: Readable },
    done: (error: Error | null, file?: Pick<UploadedFile, 'buffer' | 'size'>) => void,
  ): void {
    let chunks: Buffer[] = [];
    let refused = false;
    stream.on('data', (chunk: Buffer) => {
      // After a refusal Multer reads the rest of the request, so that the client can read the answer.
      if (refused) return;
      if (this.budget.count(request, chunk.length)) {
        chunks.push(chunk);
        return;
      }
      refused = true;
      chunks = [];
      this.budget.release(request);
      done(tooManyUploads('the memory for uploads in progress is used up'));
    });
    stream.on('end', () => {
      if (refused) return;
      const buffer = Buffer.concat(chunks);
      chunks = [];
      done(null, { buffer, size: buffer.length });
    });
  }

  _removeFile(_: Request, file: Partial<UploadedFile>, done: (error: null) => void): void {
    delete (file as { buffer?: Buffer }).buffer;
    done(null);
  }
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

const IMAGE_TYPES = ['jpeg', 'png', 'webp', 'gif', 'bmp', 'tiff', 'avif', 'heic', 'heif'];

/**
 * The content type to store an image with. The client's value is used only if it names an image without
 * scripts: anything else, SVG too, might be shown as a page when the object is served.
 */
export function imageContentType({ mimetype }: UploadedFile): string {
  const [type, subtype = ''] = mimetype.toLowerCase().split('/');
  return type === 'image' && IMAGE_TYPES.includes(subtype)
    ? `image/${subtype}`
    : 'application/octet-stream';
}

/**
 * Admits an upload only while uploads in progress fit the limits. Runs before the body is read. Nest makes one
 * guard per module; they share the budget.
 */
@Injectable()
export class UploadGate implements CanActivate {
  constructor(private readonly budget: UploadBudget) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const length = Number(request.headers['content-length'] ?? NaN);
    const announced = Number.isFinite(length) ? length : undefined;
    this.budget.admit(request, http.getResponse<Response>(), announced);
    return true;
  }
}

interface UploadConfig {
  readonly MAX_UPLOAD_BYTES: number;
  readonly UPLOADS_AT_ONCE: number;
  readonly UPLOAD_MEMORY_BYTES: number;
  readonly API_KEYS: ReadonlyMap<string, string>;
}

/** Upload limits for every feature that uses ImageFields and UploadGate. */
@Global()
@Module({})
export class UploadsModule {
  /** @param imagesPerRequest maximum number of images that a request may contain */
  static forRoot(config: UploadConfig, imagesPerRequest: number): DynamicModule {
    const { MAX_UPLOAD_BYTES: maxBytes, API_KEYS } = config;
    const budget = new UploadBudget({
      requests: config.UPLOADS_AT_ONCE,
      bytes: config.UPLOAD_MEMORY_BYTES,
      longestBody: imagesPerRequest * maxBytes + MAX_FORM_BYTES,
      isShared: new Set(API_KEYS.values()).size > 1,
    });
    const multer = MulterModule.register(multerOptions(maxBytes, budget));
    return {
      module: UploadsModule,
      imports: [multer],
      providers: [{ provide: UploadBudget, useValue: budget }],
      exports: [multer, UploadBudget],
    };
  }
}
