import {
  type CanActivate,
  Controller,
  Inject,
  Injectable,
  UploadedFiles,
  UseGuards,
} from '@nestjs/common';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { backpressure } from '#shared/platform/http/error.filter.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { type ImageFiles, requireImage } from '#shared/platform/http/uploads.js';
import { type IngestConfig } from '../ingest.config.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { PipelineBacklog } from '../imports/pipeline-backlog.js';
import { CameraEventsService } from './camera-events.service.js';

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

@Controller()
export class CameraEventsController {
  constructor(private readonly events: CameraEventsService) {}

  @Route(cameraEventsHttp.add)
  @UseGuards(CameraGate)
  async add(
    @Tenant() tenant: string,
    @Input() { body: event }: ParsedInput<typeof cameraEventsHttp.add>,
    @UploadedFiles() files: ImageFiles | undefined,
  ) {
    this.events.checkTime(event);
    const image = event.image
      ? await this.events.findObject(tenant, event.image)
      : await this.events.keepSnapshot(tenant, event.cameraId, requireImage(files, 'image'));
    return { imageId: await this.events.add(tenant, event, image) };
  }
}
