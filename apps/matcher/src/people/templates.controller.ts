import {
  Controller,
  Delete,
  HttpCode,
  Param,
  Post,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ImageFields, type ImageFiles } from '#shared/http/image-fields.interceptor.js';
import { Tenant } from '#shared/http/tenant.js';
import { UploadGate } from '#shared/http/upload-gate.js';
import { ZodPipe } from '#shared/http/zod.pipe.js';
import { uploadedImage } from '../images/uploaded-image.js';
import { EnrolmentService } from './enrolment.service.js';
import { personIdSchema } from './person.js';
import { templateView } from './template-view.js';

@Controller('v1/people/:personId/templates')
export class TemplatesController {
  constructor(private readonly enrolment: EnrolmentService) {}

  @Post()
  @UseGuards(UploadGate)
  @UseInterceptors(ImageFields('image'))
  async enrol(
    @Tenant() tenant: string,
    @Param('personId', new ZodPipe(personIdSchema)) personId: string,
    @UploadedFiles() files: ImageFiles | undefined,
  ) {
    const upload = uploadedImage(files, 'image');
    const { template, detectionScore } = await this.enrolment.enrol(tenant, personId, upload);
    return { ...templateView(template), detectionScore };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(
    @Tenant() tenant: string,
    @Param('personId') personId: string,
    @Param('id') id: string,
  ): Promise<void> {
    await this.enrolment.remove(tenant, personId, id);
  }
}
