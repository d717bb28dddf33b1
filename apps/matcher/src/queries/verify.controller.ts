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
import { personIdSchema } from '../people/person.js';
import { requestError } from '../request-error.js';
import { VerifyService } from './verify.service.js';

const bodySchema = z.strictObject({ personId: personIdSchema.optional() });

@Controller('v1/verify')
export class VerifyController {
  constructor(private readonly verification: VerifyService) {}

  @Post()
  @HttpCode(200)
  @UseGuards(UploadGate)
  @UseInterceptors(ImageFields('image1', 'image2'))
  verify(
    @Tenant() tenant: string,
    @UploadedFiles() files: ImageFiles | undefined,
    @Body(new ZodPipe(bodySchema)) { personId }: z.output<typeof bodySchema>,
  ) {
    const image1 = uploadedImage(files, 'image1');
    if (personId === undefined) {
      return this.verification.verifyImages(tenant, image1, uploadedImage(files, 'image2'));
    }
    if (files?.image2) {
      throw requestError(400, 'REQUEST_INVALID', 'send image2 or personId, not both');
    }
    return this.verification.verifyPerson(tenant, image1, personId);
  }
}
