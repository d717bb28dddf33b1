import {
  Body,
  Controller,
  HttpCode,
  Post,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  ImageFields,
  requireImage,
  type ImageFiles,
} from '#shared/http/image-fields.interceptor.js';
import { Tenant } from '#shared/http/tenant.js';
import { UploadGate } from '#shared/http/upload-gate.js';
import { ZodPipe } from '#shared/http/zod.pipe.js';
import { cameraEventSchema, type CameraEvent } from './camera-event.js';
import { CameraGate } from './camera-gate.js';
import { CameraEventsService } from './camera-events.service.js';

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
