import {
  Inject,
  Injectable,
  type CanActivate,
  Body,
  Controller,
  HttpCode,
  Post,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Tenant } from '#shared/platform/http/access.js';
import { backpressure } from '#shared/platform/http/error.filter.js';
import {
  ImageFields,
  requireImage,
  type ImageFiles,
  UploadGate,
} from '#shared/platform/http/uploads.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { PipelineBacklog } from '../imports/pipeline-backlog.js';
import { type IngestConfig } from '../ingest.config.js';
import {
  cameraEventSchema,
  type CameraEvent,
  CameraEventsService,
} from './camera-events.service.js';

const RETRY_AFTER_SECONDS = 5;

/**
 * Refuses camera images while too many of them wait already. Runs before the body is read or stored.
 * Errors: BACKPRESSURE (503).
 */
@Injectable()
class CameraGate implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: IngestConfig,
    private readonly backlog: PipelineBacklog,
  ) {}

  async canActivate(): Promise<boolean> {
    if (await this.backlog.isRedisFull()) {
      throw backpressure('Redis is nearly full', RETRY_AFTER_SECONDS);
    }
    const waiting = await this.backlog.liveWaiting();
    if (waiting < this.config.LIVE_HIGH_WATER) return true;
    throw backpressure(
      `${waiting} images from cameras and queries are waiting`,
      RETRY_AFTER_SECONDS,
    );
  }
}

@Controller('v1/camera-events')
export class CameraEventsController {
  constructor(private readonly events: CameraEventsService) {}

  /** A snapshot in multipart field `image`, or as JSON the `image` that is in a store already. */
  @Post()
  @HttpCode(202)
  @UseGuards(CameraGate, UploadGate)
  @UseInterceptors(ImageFields('image'))
  async add(
    @Tenant() tenant: string,
    @Body(new ZodPipe(cameraEventSchema)) event: CameraEvent,
    @UploadedFiles() files: ImageFiles | undefined,
  ): Promise<{ imageId: string }> {
    const image = event.image
      ? await this.events.findObject(tenant, event.image)
      : await this.events.keepSnapshot(tenant, event.cameraId, requireImage(files, 'image'));
    return { imageId: await this.events.add(tenant, event, image) };
  }
}
