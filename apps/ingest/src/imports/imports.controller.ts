import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type z } from 'zod';
import { Tenant } from '#shared/platform/http/access.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { ImportLog } from './import-repository.js';
import {
  imageListQuerySchema,
  importIdSchema,
  importListQuerySchema,
  startImportSchema,
  type StartImport,
} from './import-requests.js';
import { ImportsService } from './imports.service.js';

const ImportId = () => Param('id', new ZodPipe(importIdSchema));

@Controller('v1/imports')
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly log: ImportLog,
  ) {}

  @Post()
  @HttpCode(202)
  start(@Tenant() tenant: string, @Body(new ZodPipe(startImportSchema)) body: StartImport) {
    return this.imports.start(tenant, body);
  }

  @Get()
  list(
    @Tenant() tenant: string,
    @Query(new ZodPipe(importListQuerySchema)) query: z.output<typeof importListQuerySchema>,
  ) {
    return this.imports.list(tenant, query.limit, query.cursor);
  }

  @Get(':id')
  read(@Tenant() tenant: string, @ImportId() id: string) {
    return this.imports.read(tenant, id);
  }

  /** Images that gave no sighting: faceless, refused and failed ones; once more when tried again. */
  @Get(':id/images')
  async images(
    @Tenant() tenant: string,
    @ImportId() id: string,
    @Query(new ZodPipe(imageListQuerySchema)) query: z.output<typeof imageListQuerySchema>,
  ) {
    await this.imports.read(tenant, id);
    return this.log.read(id, query);
  }

  @Post(':id/pause')
  @HttpCode(200)
  pause(@Tenant() tenant: string, @ImportId() id: string) {
    return this.imports.change(tenant, id, 'pause');
  }

  @Post(':id/resume')
  @HttpCode(200)
  resume(@Tenant() tenant: string, @ImportId() id: string) {
    return this.imports.change(tenant, id, 'resume');
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Tenant() tenant: string, @ImportId() id: string) {
    return this.imports.change(tenant, id, 'cancel');
  }
}
