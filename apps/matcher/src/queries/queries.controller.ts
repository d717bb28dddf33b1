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
import { Tenant } from '#shared/platform/http/access.js';
import { ImageFields, type ImageFiles, UploadGate } from '#shared/platform/http/uploads.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { personIdSchema } from '../people/person.js';
import { uploadedImage } from '../queries/face-finder.js';
import { requestError } from '../request-error.js';
import { IdentifyService } from './identify.service.js';
import { VerifyService } from './verify.service.js';

const identifyBodySchema = z.strictObject({
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
    @Body(new ZodPipe(identifyBodySchema)) { limit }: z.output<typeof identifyBodySchema>,
  ) {
    return this.identification.identify(tenant, uploadedImage(files, 'image'), limit);
  }
}

const verifyBodySchema = z.strictObject({ personId: personIdSchema.optional() });

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
    @Body(new ZodPipe(verifyBodySchema))
    { personId }: z.output<typeof verifyBodySchema>,
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
