import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { z } from 'zod';
import { Tenant } from '#shared/platform/http/access.js';
import { ImageFields, type ImageFiles, UploadGate } from '#shared/platform/http/uploads.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { uploadedImage } from '../queries/face-finder.js';
import { type Template } from '../vectors/vector-store.port.js';
import { EnrolmentService } from './enrolment.service.js';
import { PeopleService } from './people.service.js';
import { personIdSchema, personNameSchema } from './person.js';

/** A template as the API shows it: without its embedding, which is a biometric. */
function templateView({ id, faceId, image, box, quality, enrolledAt }: Template) {
  return { id, faceId, image, box, quality, enrolledAt: new Date(enrolledAt).toISOString() };
}

const createSchema = z.strictObject({ name: personNameSchema, id: personIdSchema.optional() });
const renameSchema = z.strictObject({ name: personNameSchema });
const pageSchema = z.strictObject({
  cursor: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

@Controller('v1/people')
export class PeopleController {
  constructor(private readonly people: PeopleService) {}

  @Post()
  create(
    @Tenant() tenant: string,
    @Body(new ZodPipe(createSchema)) { name, id }: z.output<typeof createSchema>,
  ) {
    return this.people.create(tenant, name, id);
  }

  @Get()
  async list(
    @Tenant() tenant: string,
    @Query(new ZodPipe(pageSchema)) { cursor, limit }: z.output<typeof pageSchema>,
  ) {
    const page = await this.people.list(tenant, { limit, ...(cursor !== undefined && { cursor }) });
    return { people: page.items, cursor: page.cursor };
  }

  @Get(':id')
  async get(@Tenant() tenant: string, @Param('id') id: string) {
    const { templates, ...person } = await this.people.get(tenant, id);
    return { ...person, templates: templates.map(templateView) };
  }

  @Patch(':id')
  rename(
    @Tenant() tenant: string,
    @Param('id') id: string,
    @Body(new ZodPipe(renameSchema)) { name }: z.output<typeof renameSchema>,
  ) {
    return this.people.rename(tenant, id, name);
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(
    @Tenant() tenant: string,
    @Param('id', new ZodPipe(personIdSchema)) id: string,
  ): Promise<void> {
    await this.people.delete(tenant, id);
  }
}

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
