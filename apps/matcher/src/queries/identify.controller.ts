import {
  Body,
  Controller,
  HttpCode,
  Post,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { z } from 'zod';
import { ImageFields, type ImageFiles } from '#shared/http/image-fields.interceptor.js';
import { Tenant } from '#shared/http/tenant.js';
import { UploadGate } from '#shared/http/upload-gate.js';
import { ZodPipe } from '#shared/http/zod.pipe.js';
import { uploadedImage } from '../images/uploaded-image.js';
import { IdentifyService } from './identify.service.js';

const bodySchema = z.strictObject({
  /** Most people per face. */
  limit: z.coerce.number().int().min(1).max(100).default(5),
});

@Controller('v1/identify')
export class IdentifyController {
  constructor(private readonly identification: IdentifyService) {}

  @Post()
  @HttpCode(200)
  @UseGuards(UploadGate)
  @UseInterceptors(ImageFields('image'))
  identify(
    @Tenant() tenant: string,
    @UploadedFiles() files: ImageFiles | undefined,
    @Body(new ZodPipe(bodySchema)) { limit }: z.output<typeof bodySchema>,
  ) {
    return this.identification.identify(tenant, uploadedImage(files, 'image'), limit);
  }
}
