import { Controller } from '@nestjs/common';
import { importsHttp } from '#shared/contracts/http/imports.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { ImportLog } from './import-repository.js';
import { ImportsService } from './imports.service.js';

@Controller()
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly log: ImportLog,
  ) {}

  @Route(importsHttp.start)
  start(@Tenant() tenant: string, @Input() { body }: ParsedInput<typeof importsHttp.start>) {
    return this.imports.start(tenant, body);
  }

  @Route(importsHttp.list)
  list(@Tenant() tenant: string, @Input() { query }: ParsedInput<typeof importsHttp.list>) {
    return this.imports.list(tenant, query.limit, query.cursor);
  }

  @Route(importsHttp.read)
  read(@Tenant() tenant: string, @Input() { params }: ParsedInput<typeof importsHttp.read>) {
    return this.imports.read(tenant, params.id);
  }

  @Route(importsHttp.images)
  async images(
    @Tenant() tenant: string,
    @Input() { params, query }: ParsedInput<typeof importsHttp.images>,
  ) {
    await this.imports.read(tenant, params.id);
    return this.log.images(params.id, query);
  }

  @Route(importsHttp.skipped)
  async skipped(
    @Tenant() tenant: string,
    @Input() { params, query }: ParsedInput<typeof importsHttp.skipped>,
  ) {
    await this.imports.read(tenant, params.id);
    return this.log.skipped(params.id, query);
  }

  @Route(importsHttp.pause)
  pause(@Tenant() tenant: string, @Input() { params }: ParsedInput<typeof importsHttp.pause>) {
    return this.imports.change(tenant, params.id, 'pause');
  }

  @Route(importsHttp.resume)
  resume(@Tenant() tenant: string, @Input() { params }: ParsedInput<typeof importsHttp.resume>) {
    return this.imports.change(tenant, params.id, 'resume');
  }

  @Route(importsHttp.cancel)
  cancel(@Tenant() tenant: string, @Input() { params }: ParsedInput<typeof importsHttp.cancel>) {
    return this.imports.change(tenant, params.id, 'cancel');
  }
}
